//! Edits that findings propose: made in the files, or shown as a diff.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use aqueduct_check::{TextEdit, apply};
use aqueduct_topology::Severity;
use similar::TextDiff;

use super::inputs::Inputs;
use super::{Checked, check};
use crate::failure::Failure;
use crate::screen::{self, DIM, GREEN, RED};

/// What the fixes make of the templates.
struct Fixed {
    /// The new text of each template.
    texts: Vec<String>,
    /// How many findings are fixed.
    made: usize,
    /// What cannot be fixed, and why.
    left: Vec<String>,
}

/// How often edits are made that others stood in the way of, or that follow from others.
const ROUNDS_MAX: usize = 8;

/// Makes edits in the files until there are none left, and says what is found then.
pub(super) fn make_all(inputs: &mut Inputs, mut checked: Checked) -> Result<Checked, Failure> {
    let mut told = BTreeSet::new();
    for _ in 0..ROUNDS_MAX {
        if checked.cannot_be_read() {
            break;
        }
        let Some(after) = make(inputs, &checked, &mut told)? else { break };
        checked = after;
    }
    Ok(checked)
}

/// Makes the edits in the files, and says what is found then; nothing when there were none to be made.
fn make(inputs: &mut Inputs, checked: &Checked, told: &mut BTreeSet<String>) -> Result<Option<Checked>, Failure> {
    let Fixed { texts, made, left } = plan(inputs, checked);
    for reason in left.into_iter().filter(|reason| told.insert(reason.clone())) {
        screen::warning(reason);
    }
    if made == 0 {
        return Ok(None);
    }
    let before: Vec<String> = inputs.stacks.templates.iter().map(|source| source.text.clone()).collect();
    for (source, text) in inputs.stacks.templates.iter_mut().zip(&texts) {
        source.text.clone_from(text);
    }
    let after = check(inputs)?;
    if after.diagnostics.iter().any(|it| it.severity == Severity::Error) {
        for (source, text) in inputs.stacks.templates.iter_mut().zip(before) {
            source.text = text;
        }
        screen::warning("the edits would break a template, so none is made; set the properties by hand");
        return Ok(None);
    }
    for (source, _) in inputs.stacks.templates.iter().zip(&before).filter(|(source, before)| source.text != **before) {
        write(&source.path, &source.text)?;
        screen::talk(format_args!("edited {}", source.shown_path()));
    }
    let findings = if made == 1 { "finding" } else { "findings" };
    screen::talk(format_args!("fixed {made} {findings}"));
    Ok(Some(after))
}

/// Writes a file beside and puts it in the old one's place, so that a template is never half written.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let fail = |error: std::io::Error| Failure::setup(format!("cannot write {}: {error}", path.display()));
    // What a link points to is what is to change, with the permissions that it has.
    let path = path.canonicalize().map_err(fail)?;
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".aqueduct-fix");
    let beside = path.with_file_name(name);
    std::fs::write(&beside, text).map_err(fail)?;
    let permissions = std::fs::metadata(&path).map_err(fail)?.permissions();
    std::fs::set_permissions(&beside, permissions).map_err(fail)?;
    std::fs::rename(&beside, &path).map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        fail(error)
    })
}

/// Shows what [`make`] would change.
pub(super) fn diff(inputs: &Inputs, checked: &Checked) -> ExitCode {
    let Fixed { texts, made, left } = plan(inputs, checked);
    for reason in left {
        screen::warning(reason);
    }
    for (source, text) in inputs.stacks.templates.iter().zip(&texts).filter(|(source, text)| source.text != **text) {
        let name = source.uri_path();
        let diff = TextDiff::from_lines(&source.text, text);
        for line in diff.unified_diff().header(&format!("a/{name}"), &format!("b/{name}")).to_string().lines() {
            let style = match line.as_bytes().first() {
                Some(b'+') => GREEN,
                Some(b'-') => RED,
                Some(b'@') => DIM,
                _ => anstyle::Style::new(),
            };
            screen::data(format_args!("{style}{line}{style:#}"));
        }
    }
    let all = checked.outcome.findings.len();
    let findings = if all == 1 { "finding" } else { "findings" };
    screen::talk(format_args!("--fix would fix {made} of {all} {findings}"));
    ExitCode::SUCCESS
}

/// The edits of all findings that can be fixed; of edits that overlap, those of the first finding.
fn plan(inputs: &Inputs, checked: &Checked) -> Fixed {
    let sources = inputs.stacks.sources(&checked.beside);
    let mut edits: Vec<Vec<TextEdit>> = vec![Vec::new(); inputs.stacks.templates.len()];
    let (mut made, mut left) = (0, Vec::new());
    for finding in &checked.outcome.findings {
        let Some((fix, (source, lines))) = finding.fix.as_ref().zip(sources.of(finding.span)) else { continue };
        let Some(planned) = edits.get_mut(usize::from(finding.span.file)) else {
            let place = format!("{}:{}", source.shown_path(), finding.span.line);
            left.push(format!("{place}: {} is not fixed: check that file by itself", finding.rule));
            continue;
        };
        match fix.plan(&checked.topology, finding.span.file, &source.text, lines) {
            Ok(wanted) if wanted.iter().all(|edit| fits(planned, edit)) => {
                for edit in wanted {
                    if !planned.contains(&edit) {
                        planned.push(edit);
                    }
                }
                made += 1;
            }
            // Another finding has its edit at the same place; the next round sees what is left.
            Ok(_) => {}
            Err(reason) => {
                let place = format!("{}:{}", source.shown_path(), finding.span.line);
                left.push(format!("{place}: {} is not fixed: {reason}", finding.rule));
            }
        }
    }
    let texts = inputs.stacks.templates.iter().zip(&edits).map(|(source, edits)| apply(&source.text, edits)).collect();
    Fixed { texts, made, left }
}

/// Whether an edit is planned already or leaves the planned ones alone.
fn fits(planned: &[TextEdit], edit: &TextEdit) -> bool {
    planned.contains(edit)
        || planned.iter().all(|other| {
            let apart = edit.range.end <= other.range.start || other.range.end <= edit.range.start;
            apart && edit.range != other.range
        })
}
