//! Messages with the places that they speak of, shown in the text of the file.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Patch, Renderer, Snippet};
use aqueduct_check::{Finding, Level as FindingLevel, Related, TextEdit, rule};
use aqueduct_topology::{Diagnostic, Lines, Severity, Span};

use crate::source::{Source, Sources};

/// A message and what is shown with it.
pub(crate) struct Excerpt<'a> {
    pub(crate) level: Level<'a>,
    /// The rule that speaks, and where its behaviour is documented.
    pub(crate) rule: Option<(&'a str, &'a str)>,
    pub(crate) message: &'a str,
    pub(crate) span: Span,
    pub(crate) related: &'a [Related],
    pub(crate) notes: Vec<&'a str>,
    pub(crate) help: Option<&'a str>,
    /// The edits that the help speaks of, in the file of `span`.
    pub(crate) edits: &'a [TextEdit],
}

impl<'a> Excerpt<'a> {
    /// A diagnostic of reading a file.
    pub(crate) fn of(diagnostic: &'a Diagnostic) -> Self {
        Self {
            level: if diagnostic.severity == Severity::Error { Level::ERROR } else { Level::WARNING },
            rule: None,
            message: &diagnostic.message,
            span: diagnostic.span,
            related: &[],
            notes: Vec::new(),
            help: diagnostic.help.as_deref(),
            edits: &[],
        }
    }

    /// A finding with the edits that fix it.
    pub(crate) fn of_finding(finding: &'a Finding, edits: &'a [TextEdit]) -> Self {
        Self {
            level: match finding.level {
                FindingLevel::Error => Level::ERROR,
                FindingLevel::Warning => Level::WARNING,
                FindingLevel::Advice => Level::INFO.with_name("advice"),
            },
            rule: rule(finding.rule).map(|rule| (rule.id, rule.source_url)),
            message: &finding.message,
            span: finding.span,
            related: &finding.related,
            notes: Vec::new(),
            help: Some(&finding.help),
            edits,
        }
    }

    /// The same without the level's name, for whoever has written it already.
    pub(crate) fn unnamed(self) -> Self {
        Self { level: self.level.no_name(), ..self }
    }

    /// The text, with colours.
    pub(crate) fn shown(&self, sources: &Sources<'_>) -> String {
        let mut title = self.level.clone().primary_title(self.message);
        if let Some((id, url)) = self.rule {
            title = title.id(id).id_url(url);
        }
        let group = title.elements(self.snippets(sources));
        let group = group.elements(self.notes.iter().map(|note| Level::NOTE.message(*note)));
        let report = match (self.help, self.patched(sources)) {
            (Some(help), Some(patched)) => {
                vec![group, Group::with_title(Level::HELP.secondary_title(help)).element(patched)]
            }
            (Some(help), None) => vec![group.element(Level::HELP.message(help))],
            _ => vec![group],
        };
        Renderer::styled().render(&report)
    }

    /// The places, one snippet a file, that of the message first.
    fn snippets<'s>(&self, sources: &Sources<'s>) -> Vec<Element<'s>>
    where
        'a: 's,
    {
        let mut files = vec![self.span.file];
        for related in self.related {
            if !files.contains(&related.span.file) {
                files.push(related.span.file);
            }
        }
        files.into_iter().filter_map(|file| self.snippet(sources, file)).collect()
    }

    fn snippet<'s>(&self, sources: &Sources<'s>, file: u16) -> Option<Element<'s>>
    where
        'a: 's,
    {
        let (source, lines) = sources.of(Span { file, ..Span::default() })?;
        let mut marks: Vec<(AnnotationKind, Range<usize>, Option<&'a str>)> = Vec::new();
        if file == self.span.file {
            marks.push((AnnotationKind::Primary, first_line(source, lines, self.span), None));
        }
        for related in self.related.iter().filter(|it| it.span.file == file && it.span != self.span) {
            marks.push((AnnotationKind::Context, first_line(source, lines, related.span), Some(&related.label)));
        }
        let start = marks.iter().map(|(_, range, _)| range.start).min()?;
        let end = marks.iter().map(|(_, range, _)| range.end).max()?;
        let (line, offset, text) = lines.around(&(start..end));
        let annotations = marks.into_iter().map(|(kind, range, label)| {
            kind.span(range.start - offset..range.end - offset).label(label.map(Cow::Borrowed))
        });
        let snippet = Snippet::source(text).line_start(line).path(source.path.to_string_lossy());
        Some(snippet.annotations(annotations).into())
    }

    /// The lines as they are with the edits.
    fn patched<'s>(&self, sources: &Sources<'s>) -> Option<Snippet<'s, Patch<'s>>>
    where
        'a: 's,
    {
        let (source, lines) = sources.of(self.span)?;
        let start = self.edits.iter().map(|edit| edit.range.start).min()?;
        let end = self.edits.iter().map(|edit| edit.range.end).max()?;
        let (line, offset, text) = lines.around(&(start..end));
        let patches = self
            .edits
            .iter()
            .map(|edit| Patch::new(edit.range.start - offset..edit.range.end - offset, edit.text.as_str()));
        Some(Snippet::source(text).line_start(line).path(source.path.to_string_lossy()).patches(patches))
    }
}

/// What stands on the first line of a place: more would hide what it is about.
fn first_line(source: &Source, lines: &Lines<'_>, span: Span) -> Range<usize> {
    let range = lines.range(span);
    let line = source.text[range.clone()].split(['\n', '\r']).next().unwrap_or_default();
    range.start..range.start + line.len()
}
