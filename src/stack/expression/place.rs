//! From a place in a scalar's text to the place in the file.

use std::ops::Range;

use crate::model::Span;
use crate::stack::source::clip;

/// Finds the place of a part of a scalar. Where quoting or folding changed the text so much that it cannot be told,
/// the whole scalar is the place.
#[derive(Debug, Clone, Copy)]
pub struct Placer<'a> {
    /// As it stands in the file, quotes and all; empty where it is in no file.
    pub raw: &'a str,
    /// As YAML reads it.
    pub text: &'a str,
    pub span: Span,
}

impl Placer<'_> {
    /// The place of a range of the text.
    pub fn span(&self, range: &Range<usize>) -> Span {
        let Some(offset) = self.offset(range.start) else { return self.span };
        let before = &self.raw[..offset];
        let length = range.end.saturating_sub(range.start);
        let length = if self.raw.get(offset..offset + length).is_some() { length } else { 0 };
        let lines = before.matches('\n').count();
        let column = match before.rfind('\n') {
            Some(newline) => 1 + before[newline + 1..].chars().count(),
            None => self.span.column as usize + before.chars().count(),
        };
        let start = self.span.start as usize + offset;
        Span {
            source: self.span.source,
            line: self.span.line + clip(lines),
            column: clip(column),
            start: clip(start),
            end: clip(start + length),
        }
    }

    fn offset(&self, at: usize) -> Option<usize> {
        if let Some(begin) = self.raw.find(self.text) {
            return Some(begin + at);
        }
        // Not in one piece: go by the expression that it is in.
        let hole = self.text.get(..at + 1).unwrap_or(self.text).rfind("${")?;
        let earlier = self.text[..hole].matches("${").count();
        let (begin, _) = self.raw.match_indices("${").nth(earlier)?;
        let words = self.text.get(hole..at)?;
        self.raw[begin..].starts_with(words).then_some(begin + (at - hole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SourceId;

    fn placed(raw: &str, text: &str, part: &str) -> (u32, u32, String) {
        let span = Span { source: SourceId(0), line: 10, column: 5, start: 100, end: 100 + raw.len() as u32 };
        let at = text.find(part).unwrap();
        let found = Placer { raw, text, span }.span(&(at..at + part.len()));
        let slice = &raw[(found.start - 100) as usize..(found.end - 100) as usize];
        (found.line, found.column, slice.to_owned())
    }

    #[test]
    fn a_part_is_found_in_plain_quoted_and_block_scalars() {
        assert_eq!(placed("ü ${a.b.c}", "ü ${a.b.c}", "b.c"), (10, 11, "b.c".into()));
        assert_eq!(placed("\"x ${a.b.c}\"", "x ${a.b.c}", "b.c"), (10, 12, "b.c".into()));
        assert_eq!(placed("'it''s ${a.b.c}'", "it's ${a.b.c}", "b.c"), (10, 16, "b.c".into()));
        assert_eq!(
            placed("|\n  one ${x.y}\n  two ${a.b.c}\n", "one ${x.y}\ntwo ${a.b.c}\n", "b.c"),
            (12, 11, "b.c".into())
        );
    }

    #[test]
    fn what_cannot_be_found_is_the_whole_scalar() {
        assert_eq!(placed("\"\\x24{a.b}\"", "${a.b}", "b").2, "\"\\x24{a.b}\"");
        assert_eq!(placed("", "${a.b}", "b").2, "");
    }
}
