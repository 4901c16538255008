//! The files of a stack as they were given: name, text, and where in them something stands.

use crate::model::{SourceId, Span};

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub id: SourceId,
    /// As the user named it; `-` is standard input.
    pub name: String,
    /// Its text. Bytes that are no UTF-8 are replaced, which moves offsets behind the first of them only.
    pub text: String,
}

impl Source {
    /// A file from its bytes.
    pub fn new(id: SourceId, name: impl Into<String>, bytes: &[u8]) -> Self {
        Self { id, name: name.into(), text: String::from_utf8_lossy(bytes).into_owned() }
    }

    /// The text of a span of this file; empty where the span does not fit the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The span of the bytes from `start` to `end`, with line and column counted.
    pub fn span(&self, start: usize, end: usize) -> Span {
        span_in(self.id, self.text.as_bytes(), start, end)
    }
}

/// The files of a stack in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources(pub Vec<Source>);

impl Sources {
    /// The file of a span.
    pub fn of(&self, span: Span) -> Option<&Source> {
        self.0.get(usize::from(span.source.0))
    }

    /// The text of a span; empty where there is none.
    pub fn slice(&self, span: Span) -> &str {
        self.of(span).map_or("", |source| source.slice(span))
    }
}

/// The span of the bytes from `start` to `end`: line and column are counted up to `start`, which is clipped to the
/// text. Bytes that continue a character do not count as columns.
pub fn span_in(source: SourceId, bytes: &[u8], start: usize, end: usize) -> Span {
    let start = start.min(bytes.len());
    let before = &bytes[..start];
    let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let line = 1 + before[..line_start].iter().filter(|&&byte| byte == b'\n').count();
    let column = 1 + before[line_start..].iter().filter(|&&byte| byte & 0xC0 != 0x80).count();
    Span {
        source,
        line: clip(line),
        column: clip(column),
        start: clip(start),
        end: clip(end.max(start).min(bytes.len().max(start))),
    }
}

/// A count as the spans hold it. Files are far shorter than 4 GiB.
pub(crate) fn clip(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let source = Source::new(SourceId(0), "stack.yaml", "a: ü\nbé: x\n".as_bytes());
        let at = source.text.find('x').unwrap();
        let span = source.span(at, at + 1);
        assert_eq!((span.line, span.column), (2, 5));
        assert_eq!(source.slice(span), "x");
    }
}
