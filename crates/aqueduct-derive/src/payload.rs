//! What `#[payload(…)]` says, as an implementation.

use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::{Data, DeriveInput, Error, Expr, LitStr, Result};

#[derive(Default)]
struct Said {
    kind: Option<LitStr>,
    version: Option<LitStr>,
    subject: Option<Expr>,
    key: Option<Expr>,
    group: Option<Expr>,
    has_schema: bool,
}

/// The longest `detail-type` that EventBridge takes.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html>
const KIND_MAX: usize = 128;

pub(crate) fn implement(input: &DeriveInput) -> Result<TokenStream> {
    if matches!(input.data, Data::Union(_)) {
        return Err(Error::new_spanned(&input.ident, "a union has no JSON to travel as"));
    }
    if let Some(parameter) = input.generics.params.first() {
        let words = "a message type is one type: implement `Payload` for each type by hand";
        return Err(Error::new_spanned(parameter, words));
    }
    let said = read(input)?;
    let name = &input.ident;
    let kind = said.kind.as_ref().map_or_else(|| name.to_string(), LitStr::value);
    if kind.is_empty() || kind.chars().count() > KIND_MAX {
        let words = format!("a message type has 1 to {KIND_MAX} characters");
        return Err(said.kind.map_or_else(|| Error::new_spanned(name, &words), |kind| Error::new(kind.span(), &words)));
    }
    let version = said.version.map(|version| quote!(const VERSION: &'static str = #version;));
    let is_grouped = said.group.is_some();
    let subject = said.subject.map(|value| method(&quote!(subject), &value));
    let key = said.key.map(|value| method(&quote!(key), &value));
    let group = said.group.map(|value| method(&quote!(group), &value));
    let schema = said.has_schema.then(|| {
        quote! {
            fn schema() -> ::core::option::Option<::aqueduct::contract::Schema> {
                ::core::option::Option::Some(::aqueduct::contract::schema_of::<Self>())
            }
        }
    });
    Ok(quote! {
        #[automatically_derived]
        impl ::aqueduct::Payload for #name {
            const TYPE: &'static str = #kind;
            const GROUPED: ::core::option::Option<bool> = ::core::option::Option::Some(#is_grouped);
            #version
            #subject
            #key
            #group
            #schema
        }
    })
}

/// A method that answers a text: of a field that is named alone, else of an expression.
fn method(name: &TokenStream, value: &Expr) -> TokenStream {
    let value = match value {
        Expr::Path(path) if path.path.get_ident().is_some_and(|ident| ident != "self") => quote!(&self.#path),
        other => quote!(&(#other)),
    };
    quote! {
        fn #name(&self) -> ::core::option::Option<::std::string::String> {
            ::core::option::Option::Some(::std::string::ToString::to_string(#value))
        }
    }
}

fn read(input: &DeriveInput) -> Result<Said> {
    let mut said = Said::default();
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("payload")) {
        attribute.parse_nested_meta(|meta| read_one(&mut said, &meta))?;
    }
    Ok(said)
}

fn read_one(said: &mut Said, meta: &ParseNestedMeta<'_>) -> Result<()> {
    let once = |is_there: bool| if is_there { Err(meta.error("said before")) } else { Ok(()) };
    if meta.path.is_ident("type") {
        once(said.kind.is_some())?;
        said.kind = Some(meta.value()?.parse()?);
    } else if meta.path.is_ident("version") {
        once(said.version.is_some())?;
        said.version = Some(meta.value()?.parse()?);
    } else if meta.path.is_ident("subject") {
        once(said.subject.is_some())?;
        said.subject = Some(meta.value()?.parse()?);
    } else if meta.path.is_ident("key") {
        once(said.key.is_some())?;
        said.key = Some(meta.value()?.parse()?);
    } else if meta.path.is_ident("group") {
        once(said.group.is_some())?;
        said.group = Some(meta.value()?.parse()?);
    } else if meta.path.is_ident("schema") {
        once(said.has_schema)?;
        said.has_schema = true;
    } else {
        return Err(meta.error("expected `type`, `version`, `subject`, `key`, `group` or `schema`"));
    }
    Ok(())
}
