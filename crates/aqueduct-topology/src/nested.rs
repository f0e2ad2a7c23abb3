//! Files that a template names beside itself: nested stacks and applications, and what `AWS::Include` puts in.
//!
//! Sources: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html>,
//! <https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html>

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::parse::TEMPLATE_BYTES_MAX;
use crate::resolved::{Property, Resolved};
use crate::{Deployment, Resource};

/// Files that templates may name together.
const FILES_MAX: usize = 64;
/// Bytes of those files together.
pub(crate) const BYTES_MAX: usize = 4 * TEMPLATE_BYTES_MAX;
/// How deep stacks may be nested.
pub(crate) const NESTING_MAX: usize = 8;

/// A file that a template names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What it is called, the same whenever the same file is meant.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// Reads the file that a template names: the number of the template among all files ([`Span::file`](crate::Span::file)), and
/// the path as it is written there, relative to the template. Says why a file cannot be read.
pub type ReadFile<'r> = dyn Fn(u16, &str) -> Result<File, String> + 'r;

/// The files that were named, each read once.
pub(crate) struct Files<'r> {
    read: Option<&'r ReadFile<'r>>,
    /// The number of the first one.
    first: usize,
    loaded: RefCell<Vec<Rc<File>>>,
    known: RefCell<BTreeMap<(u16, String), Result<u16, String>>>,
}

impl<'r> Files<'r> {
    /// Files that are numbered from `first` on; without a reader none can be read.
    pub(crate) fn new(first: usize, read: Option<&'r ReadFile<'r>>) -> Self {
        Self { read, first, loaded: RefCell::default(), known: RefCell::default() }
    }

    /// Whether files can be read at all.
    pub(crate) fn can_read(&self) -> bool {
        self.read.is_some()
    }

    /// The number of the file that a template names.
    pub(crate) fn number(&self, from: u16, path: &str) -> Result<u16, String> {
        let key = (from, path.to_owned());
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let number = self.load(from, path);
        self.known.borrow_mut().insert(key, number.clone());
        number
    }

    fn load(&self, from: u16, path: &str) -> Result<u16, String> {
        let read = self.read.ok_or("files beside the template are not read here")?;
        if self.loaded.borrow().len() == FILES_MAX {
            return Err(format!("templates name more than {FILES_MAX} files"));
        }
        let file = read(from, path)?;
        let mut files = self.loaded.borrow_mut();
        // The reader counts what it read, so that a file which is refused has a number too.
        files.push(Rc::new(file));
        if files.iter().map(|file| file.text.len()).sum::<usize>() > BYTES_MAX {
            return Err(format!("the files that templates name have more than {} MB together", BYTES_MAX >> 20));
        }
        u16::try_from(self.first + files.len() - 1).map_err(|_| "there are too many files".to_owned())
    }

    /// The file with a number that [`Self::number`] gave.
    pub(crate) fn file(&self, number: u16) -> Rc<File> {
        let files = self.loaded.borrow();
        let place = usize::from(number).checked_sub(self.first);
        let file = place.and_then(|place| files.get(place).cloned());
        file.unwrap_or_else(|| Rc::new(File { name: String::new(), text: String::new() }))
    }

    pub(crate) fn into_files(self) -> Vec<File> {
        self.loaded.into_inner().into_iter().map(Rc::unwrap_or_clone).collect()
    }
}

/// Whether a location is a path beside the template, rather than what is in a bucket already.
pub(crate) fn is_local(location: &str) -> bool {
    !location.is_empty() && !location.contains("://")
}

/// The path of the template that a nested stack or application names, if it is beside this one.
pub(crate) fn nested_path(resource: &Resource) -> Option<String> {
    let property = match resource.kind.as_str() {
        "AWS::CloudFormation::Stack" => "TemplateURL",
        "AWS::Serverless::Application" => "Location",
        _ => return None,
    };
    resource.property(property).text().filter(|location| is_local(location))
}

/// What a nested stack is deployed for: its parent's account and Region, and the parameters that the parent gives it.
pub(crate) fn deployment_of(parent: &Deployment, resource: &Resource) -> Deployment {
    let mut parameters = BTreeMap::new();
    let mut unknown_parameters = BTreeSet::new();
    let given = resource.properties.get("Parameters").map(Property::entries).unwrap_or_default();
    for (name, value) in given {
        match text(&value.value) {
            Some(text) => drop(parameters.insert(name.clone(), text)),
            None => drop(unknown_parameters.insert(name.clone())),
        }
    }
    let own = parent.for_stack(&format!("{}-{}", parent.stack, resource.id));
    Deployment { parameters, unknown_parameters, nested_outputs: BTreeMap::new(), ..own }
}

/// A value as CloudFormation hands it to a parameter; the items of a list are joined by commas.
fn text(value: &Resolved) -> Option<String> {
    match value {
        Resolved::List(items) => {
            let items: Option<Vec<String>> = items.iter().map(|item| item.value.text()).collect();
            items.map(|items| items.join(","))
        }
        value => value.text(),
    }
}
