//! Templates that are deployed together: those of the command line, else those of `aqueduct.toml`.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use aqueduct_check::Settings;
use aqueduct_topology::{Deployment, Diagnostic, Link, Read, Stack, Topology, read_with_files};

use crate::excerpt::Excerpt;
use crate::failure::Failure;
use crate::loaded::{Loaded, TEMPLATES};
use crate::source::{Source, Sources};
use crate::values::Values;

const SETTINGS: &str = "aqueduct.toml";
const TEMPLATE: &str = "infra/template.yaml";

/// Templates and what is known of their deployment.
#[derive(Debug)]
pub(crate) struct Stacks {
    pub(crate) templates: Vec<Source>,
    wanted: Vec<Wanted>,
    pub(crate) settings: Settings,
    settings_source: Option<Source>,
}

/// A template to read and what is known of its deployment.
#[derive(Debug)]
struct Wanted {
    path: PathBuf,
    stack: Option<String>,
    parameters: BTreeMap<String, String>,
}

/// What reading came to.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) topology: Topology,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The files that the templates name.
    pub(crate) beside: Vec<Source>,
}

impl Stacks {
    /// Reads the settings, of `config` or of a file that is looked for, and the templates.
    pub(crate) fn open(templates: &[PathBuf], config: Option<&Path>, values: &Values) -> Result<Self, Failure> {
        let (settings, settings_source) = settings(config)?;
        let folder = folder(settings_source.as_ref());
        let mut wanted = wanted(templates, &settings, folder);
        let templates: Vec<Source> = wanted.iter().map(|it| read(&it.path)).collect::<Result<_, _>>()?;
        for (wanted, template) in wanted.iter_mut().zip(&templates) {
            let of_settings = settings.parameters.clone().into_iter();
            let values = of_settings.chain(values.of(&wanted.path)?);
            wanted.parameters.extend(values.filter(|(key, _)| is_for(key, template, &templates)));
        }
        Ok(Self { templates, wanted, settings, settings_source })
    }

    /// The folder that paths in the settings start from.
    pub(crate) fn folder(&self) -> &Path {
        folder(self.settings_source.as_ref())
    }

    /// Reads the templates and the files that they name, for what is known of all of their deployments.
    pub(crate) fn read(&self, base: &Deployment) -> Result<Reading, Failure> {
        let loaded = Loaded::new(self.templates.iter().map(|source| source.path.clone()));
        let Read { topology, diagnostics, .. } =
            read_with_files(&self.stacks(base)?, &|from, path| loaded.read(from, path));
        Ok(Reading { topology, diagnostics, beside: loaded.into_sources() })
    }

    fn stacks(&self, base: &Deployment) -> Result<Vec<Stack<'_>>, Failure> {
        let is_alone = self.wanted.len() == 1;
        let is_named = base.stack != Deployment::default().stack;
        let known = |wanted: &Wanted| {
            let (links, parameters): (BTreeMap<_, _>, BTreeMap<_, _>) =
                wanted.parameters.clone().into_iter().partition(|(_, value)| output(value).is_some());
            let links = links.into_iter().map(|(parameter, value)| Ok((parameter, self.link(&value)?)));
            let of_settings = wanted.stack.clone().filter(|_| !(is_alone && is_named));
            let name = of_settings.or_else(|| file_stem(&wanted.path).filter(|_| !is_alone));
            let stack = name.unwrap_or_else(|| base.stack.clone());
            Ok((links.collect::<Result<_, Failure>>()?, Deployment { parameters, stack, ..base.clone() }))
        };
        let stacks = self.templates.iter().zip(&self.wanted).map(|(source, wanted)| {
            let (links, deployment) = known(wanted)?;
            Ok(Stack { text: &source.text, deployment, links })
        });
        stacks.collect()
    }

    /// The output that `${stack.Output}` names.
    fn link(&self, value: &str) -> Result<Link, Failure> {
        let (name, output) = output(value).unwrap_or_default();
        let named = |wanted: &Wanted| wanted.stack.as_deref() == Some(name);
        let Some(stack) = self.wanted.iter().position(named) else {
            let known: Vec<&str> = self.wanted.iter().filter_map(|wanted| wanted.stack.as_deref()).collect();
            return Err(Failure::setup(format!(
                "{SETTINGS}: there is no stack `{name}` for `{value}`; [check.stacks] has {}",
                known.join(", ")
            )));
        };
        Ok(Link { stack, output: output.to_owned() })
    }

    /// The templates, the files that they name, and the settings.
    pub(crate) fn sources<'s>(&'s self, beside: &'s [Source]) -> Sources<'s> {
        Sources::new(self.templates.iter().chain(beside), self.settings_source.as_ref())
    }
}

/// The contracts that the settings of this folder or one above name.
pub(crate) fn contracts_of_settings() -> Result<Option<PathBuf>, Failure> {
    let (settings, source) = settings(None)?;
    Ok(settings.contracts.map(|path| folder(source.as_ref()).join(path)))
}

/// Whether a value is for this template: of several, those that have the parameter; all when none has, so that it is told.
fn is_for(key: &str, template: &Source, templates: &[Source]) -> bool {
    let has = |source: &Source| source.text.contains(key);
    has(template) || !templates.iter().any(has)
}

/// The stack and the output in `${stack.Output}`.
fn output(value: &str) -> Option<(&str, &str)> {
    value.strip_prefix("${")?.strip_suffix('}')?.split_once('.')
}

/// The templates of the command line, else those of the settings, else the usual one.
fn wanted(templates: &[PathBuf], settings: &Settings, folder: &Path) -> Vec<Wanted> {
    let stacks: Vec<Wanted> = settings
        .stacks
        .iter()
        .map(|(name, stack)| Wanted {
            path: folder.join(&stack.template),
            stack: Some(name.clone()),
            parameters: stack.parameters.clone(),
        })
        .collect();
    let plain = |path: PathBuf| Wanted { path, stack: None, parameters: BTreeMap::new() };
    if !templates.is_empty() {
        let alone = templates.len() == 1;
        let named = templates.iter().map(|path| {
            let Some(known) = stacks.iter().find(|stack| same_file(&stack.path, path)) else {
                return plain(path.clone());
            };
            let mut parameters = known.parameters.clone();
            // Outputs of stacks that are not read along are not known.
            parameters.retain(|_, value| !alone || !value.starts_with("${"));
            Wanted { path: path.clone(), stack: known.stack.clone(), parameters }
        });
        return named.collect();
    }
    let mut wanted: Vec<Wanted> = settings.templates.iter().map(|path| plain(folder.join(path))).collect();
    wanted.extend(stacks);
    if wanted.is_empty() {
        wanted.push(plain(TEMPLATE.into()));
    }
    wanted
}

fn same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

fn file_stem(path: &Path) -> Option<String> {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned())
}

/// The settings that are named, else those of this folder or one above, else none.
fn settings(named: Option<&Path>) -> Result<(Settings, Option<Source>), Failure> {
    let unreadable = |path: &Path, error: &std::io::Error| {
        Failure::setup(format!("cannot read the settings {}: {error}", path.display()))
    };
    let source = match named {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
            Source::new(path, text)
        }
        None => match find_settings(unreadable)? {
            Some(source) => source,
            None => return Ok((Settings::default(), None)),
        },
    };
    let settings = Settings::parse(&source.text)
        .map_err(|refusal| Failure::setup(Excerpt::of(&refusal).unnamed().shown(&Sources::new([], Some(&source)))))?;
    Ok((settings, Some(source)))
}

/// Looks for the settings in this folder and those above; a path upwards stays relative.
fn find_settings(unreadable: impl Fn(&Path, &std::io::Error) -> Failure) -> Result<Option<Source>, Failure> {
    let depth = std::env::current_dir().map_or(0, |folder| folder.components().count());
    let mut folder = PathBuf::new();
    for _ in 0..depth {
        let path = folder.join(SETTINGS);
        match std::fs::read_to_string(&path) {
            Ok(text) => return Ok(Some(Source::new(&path, text))),
            Err(error) if error.kind() == ErrorKind::NotFound => folder.push(".."),
            Err(error) => return Err(unreadable(&path, &error)),
        }
    }
    Ok(None)
}

/// The folder of the settings, relative to the one that the command runs in.
fn folder(settings: Option<&Source>) -> &Path {
    settings.and_then(|source| source.path.parent()).unwrap_or(Path::new(""))
}

/// Reads a template's file.
fn read(path: &Path) -> Result<Source, Failure> {
    if path.extension().is_some_and(|extension| extension == "tf") {
        return Err(Failure::setup(format!(
            "{} is in Terraform's own language, which is not read; a plan is: `terraform plan -out plan.out`, then \
             `terraform show -json plan.out > plan.json`",
            path.display()
        )));
    }
    let text = std::fs::read_to_string(path).map_err(|error| {
        let way_out = match error.kind() {
            ErrorKind::NotFound => "; run the command in the folder that holds it, or name another template".to_owned(),
            ErrorKind::IsADirectory => format!("; name a template in it{}", in_folder(path)),
            ErrorKind::InvalidData => "; a template is text in UTF-8".to_owned(),
            _ => String::new(),
        };
        Failure::setup(format!("cannot read the template {}: {error}{way_out}", path.display()))
    })?;
    Ok(Source::new(path, text))
}

/// The first template in a folder, by name.
fn in_folder(folder: &Path) -> String {
    let is_template = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        TEMPLATES.contains(&&*name) || name.ends_with(".template.json")
    };
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    let first = files.filter(is_template).min();
    first.map(|path| format!(", such as {}", path.display())).unwrap_or_default()
}
