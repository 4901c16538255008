//! How text is drawn: colour and width.

use console::Style;

/// Colour and width of the place that text goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub colour: Colour,
    /// Columns; at least 40.
    pub width: usize,
}

/// Whether escape sequences may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    Plain,
    Ansi,
}

/// What a stretch of text is, so that each has one colour everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Create,
    Update,
    Delete,
    Replace,
    Adopt,
    /// Of no weight: units, old values, counts of what is unchanged.
    Dim,
    Bold,
    Error,
    Warning,
    Note,
}

impl Look {
    /// No colour, 80 columns: files, pipes and tests.
    pub const PLAIN: Self = Self { colour: Colour::Plain, width: 80 };

    /// `text` in its tone.
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        if self.colour == Colour::Plain {
            return text.to_owned();
        }
        let style = match tone {
            Tone::Create => Style::new().green(),
            Tone::Update => Style::new().yellow(),
            Tone::Delete => Style::new().red(),
            Tone::Replace => Style::new().magenta(),
            Tone::Adopt => Style::new().cyan(),
            Tone::Dim => Style::new().dim(),
            Tone::Bold => Style::new().bold(),
            Tone::Error => Style::new().red().bold(),
            Tone::Warning => Style::new().yellow().bold(),
            Tone::Note => Style::new().blue().bold(),
        };
        style.force_styling(true).apply_to(text).to_string()
    }
}

/// Breaks `text` at spaces so that no line is wider than `width`; a longer word stands alone.
///
/// Following lines begin with `indent`. The first line is taken to begin at column `used`.
pub fn wrap(text: &str, width: usize, used: usize, indent: &str) -> String {
    let mut out = String::new();
    let mut column = used;
    for (position, word) in text.split_whitespace().enumerate() {
        let wide = console::measure_text_width(word);
        if position > 0 {
            if column + 1 + wide > width {
                out.push('\n');
                out.push_str(indent);
                column = indent.len();
            } else {
                out.push(' ');
                column += 1;
            }
        }
        out.push_str(word);
        column += wide;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_fit_and_keep_every_word() {
        let text = "one two three four five six seven";
        let wrapped = wrap(text, 12, 2, "  ");
        assert!(wrapped.lines().all(|line| line.len() <= 12), "{wrapped}");
        assert_eq!(wrapped.split_whitespace().collect::<Vec<_>>(), text.split_whitespace().collect::<Vec<_>>());
    }
}
