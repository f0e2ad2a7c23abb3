//! The requests that make tables: those that make what this engine has.

use serde::Deserialize;
use serde_json::Value;

use super::Beyond;
use super::table::{Attribute, Index, Kind, Projected, Schema, Scope, Table};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateTable {
    table_name: String,
    key_schema: Vec<KeyElement>,
    attribute_definitions: Vec<Definition>,
    #[serde(default)]
    global_secondary_indexes: Option<Vec<GlobalIndex>>,
    #[serde(default)]
    local_secondary_indexes: Option<Vec<LocalIndex>>,
    #[serde(default)]
    billing_mode: Option<String>,
    #[serde(default)]
    provisioned_throughput: Option<Throughput>,
    #[serde(default)]
    stream_specification: Option<Stream>,
    #[serde(default, rename = "SSESpecification")]
    _encryption: Option<Encryption>,
    #[serde(default, rename = "DeletionProtectionEnabled")]
    _deletion_protection_enabled: Option<bool>,
    #[serde(default)]
    tags: Option<Vec<Tag>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct KeyElement {
    attribute_name: String,
    key_type: KeyType,
}

#[derive(Deserialize, Eq, PartialEq)]
enum KeyType {
    #[serde(rename = "HASH")]
    Hash,
    #[serde(rename = "RANGE")]
    Range,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Definition {
    attribute_name: String,
    attribute_type: AttributeType,
}

#[derive(Clone, Copy, Deserialize)]
enum AttributeType {
    S,
    N,
    B,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GlobalIndex {
    index_name: String,
    key_schema: Vec<KeyElement>,
    projection: Projection,
    #[serde(default)]
    provisioned_throughput: Option<Throughput>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct LocalIndex {
    index_name: String,
    key_schema: Vec<KeyElement>,
    projection: Projection,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Projection {
    projection_type: String,
    #[serde(default)]
    non_key_attributes: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Throughput {
    read_capacity_units: u32,
    write_capacity_units: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Stream {
    stream_enabled: bool,
    stream_view_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Encryption {
    #[serde(rename = "Enabled")]
    _enabled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Tag {
    key: String,
    value: String,
}

/// How many indexes, tags and further attributes of an index there may be.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>
const INDEXES_MAX: usize = 20;
const LOCAL_INDEXES_MAX: usize = 5;
const TAGS_MAX: usize = 50;
const PROJECTED_MAX: usize = 20;

/// The table that a request makes, with its name.
pub(super) fn table(create: &Value) -> Result<(String, Table), Beyond> {
    let request = CreateTable::deserialize(create).map_err(|_| Beyond)?;
    request.check()?;
    let schema = schema(&request.key_schema, &request.attribute_definitions)?;
    let indexes = request.indexes(&schema)?;
    let is_used = |name: &str| schema.has(name) || indexes.iter().any(|index| index.schema.has(name));
    if !request.attribute_definitions.iter().all(|definition| is_used(&definition.attribute_name)) {
        return Err(Beyond);
    }
    Ok((request.table_name, Table::new(schema, indexes, create.clone())))
}

impl CreateTable {
    fn indexes(&self, schema: &Schema) -> Result<Vec<Index>, Beyond> {
        let global = self.global_secondary_indexes.as_deref();
        let local = self.local_secondary_indexes.as_deref();
        let is_sound = global.is_none_or(|indexes| (1..=INDEXES_MAX).contains(&indexes.len()))
            && local.is_none_or(|indexes| (1..=LOCAL_INDEXES_MAX).contains(&indexes.len()));
        let definitions = &self.attribute_definitions;
        let global = global.unwrap_or_default().iter().map(|index| index.read(schema, definitions));
        let local = local.unwrap_or_default().iter().map(|index| index.read(schema, definitions));
        let indexes = global.chain(local).collect::<Result<Vec<_>, _>>()?;
        if is_sound && are_apart(indexes.iter().map(|index| &index.name)) { Ok(indexes) } else { Err(Beyond) }
    }

    /// What the other engine would refuse, or has to be asked for, is left to it.
    fn check(&self) -> Result<(), Beyond> {
        let indexes = self.global_secondary_indexes.as_deref();
        let throughputs = indexes.unwrap_or_default().iter().map(|index| index.provisioned_throughput.as_ref());
        let mut throughputs = throughputs.chain([self.provisioned_throughput.as_ref()]);
        let paid = match self.billing_mode.as_deref() {
            Some("PAY_PER_REQUEST") => throughputs.all(|throughput| throughput.is_none()),
            Some("PROVISIONED") | None => throughputs.all(|throughput| throughput.is_some_and(Throughput::is_sound)),
            _ => false,
        };
        let streamed = self.stream_specification.as_ref().is_none_or(Stream::is_sound);
        let tagged = self.tags.as_deref().is_none_or(are_sound);
        let defined = are_apart(self.attribute_definitions.iter().map(|definition| &definition.attribute_name));
        let sound = is_name(&self.table_name) && paid && streamed && tagged && defined;
        if sound { Ok(()) } else { Err(Beyond) }
    }
}

impl Throughput {
    const fn is_sound(&self) -> bool {
        0 < self.read_capacity_units && 0 < self.write_capacity_units
    }
}

impl Stream {
    fn is_sound(&self) -> bool {
        let views = ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"];
        self.stream_enabled && views.contains(&self.stream_view_type.as_str())
    }
}

fn are_sound(tags: &[Tag]) -> bool {
    let sound =
        |tag: &Tag| (1..=128).contains(&tag.key.len()) && tag.value.len() <= 256 && !tag.key.starts_with("aws:");
    tags.len() <= TAGS_MAX && tags.iter().all(sound) && are_apart(tags.iter().map(|tag| &tag.key))
}

impl GlobalIndex {
    fn read(&self, table: &Schema, definitions: &[Definition]) -> Result<Index, Beyond> {
        let schema = schema(&self.key_schema, definitions)?;
        let projected = self.projection.read(&schema, table)?;
        index(&self.index_name, schema, projected, Scope::Global)
    }
}

impl LocalIndex {
    /// It has the table's partition key, and a sort key of its own where the table has one.
    fn read(&self, table: &Schema, definitions: &[Definition]) -> Result<Index, Beyond> {
        let schema = schema(&self.key_schema, definitions)?;
        let projected = self.projection.read(&schema, table)?;
        let of_table = |schema: &Schema| schema.range.as_ref().map(|range| table.has(&range.name));
        if schema.hash.name != table.hash.name || table.range.is_none() || of_table(&schema) != Some(false) {
            return Err(Beyond);
        }
        index(&self.index_name, schema, projected, Scope::Local)
    }
}

fn index(name: &str, schema: Schema, projected: Projected, scope: Scope) -> Result<Index, Beyond> {
    if is_name(name) { Ok(Index::new(name.to_owned(), schema, projected, scope)) } else { Err(Beyond) }
}

impl Projection {
    fn read(&self, schema: &Schema, table: &Schema) -> Result<Projected, Beyond> {
        let names = |more: &[String]| {
            let keys = schema.attributes().chain(table.attributes()).map(|attribute| attribute.name.clone());
            Projected::Only(keys.chain(more.iter().cloned()).collect())
        };
        match (self.projection_type.as_str(), self.non_key_attributes.as_deref()) {
            ("ALL", None) => Ok(Projected::All),
            ("KEYS_ONLY", None) => Ok(names(&[])),
            ("INCLUDE", Some(more))
                if (1..=PROJECTED_MAX).contains(&more.len())
                    && are_apart(more.iter())
                    && more.iter().all(|name| !name.is_empty() && !schema.has(name) && !table.has(name)) =>
            {
                Ok(names(more))
            }
            _ => Err(Beyond),
        }
    }
}

fn schema(elements: &[KeyElement], definitions: &[Definition]) -> Result<Schema, Beyond> {
    let attribute = |element: &KeyElement| {
        let name = &element.attribute_name;
        let definition = definitions.iter().find(|definition| definition.attribute_name == *name).ok_or(Beyond)?;
        let kind = match definition.attribute_type {
            AttributeType::S => Kind::S,
            AttributeType::N => Kind::N,
            AttributeType::B => Kind::B,
        };
        if (1..=255).contains(&name.len()) { Ok(Attribute { name: name.clone(), kind }) } else { Err(Beyond) }
    };
    match elements {
        [hash] if hash.key_type == KeyType::Hash => Ok(Schema { hash: attribute(hash)?, range: None }),
        [hash, range]
            if hash.key_type == KeyType::Hash
                && range.key_type == KeyType::Range
                && hash.attribute_name != range.attribute_name =>
        {
            Ok(Schema { hash: attribute(hash)?, range: Some(attribute(range)?) })
        }
        _ => Err(Beyond),
    }
}

/// Whether a table or an index may have this name.
fn is_name(name: &str) -> bool {
    (3..=255).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

fn are_apart<'a>(names: impl Iterator<Item = &'a String>) -> bool {
    let mut names: Vec<_> = names.collect();
    let given = names.len();
    names.sort_unstable();
    names.dedup();
    names.len() == given
}
