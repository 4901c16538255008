//! Decides what may be written and where: results to standard output, all else to standard error.

use std::io::{self, IsTerminal, Write};

use super::look::{Colour, Look};

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Results, questions and errors only.
    Quiet,
    Normal,
    /// Requests and retries, too.
    Verbose,
}

/// When colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColourChoice {
    Auto,
    Always,
    Never,
}

/// Where text goes and how it looks there.
#[derive(Debug, Clone, Copy)]
pub struct Printer {
    pub verbosity: Verbosity,
    pub out: Look,
    pub err: Look,
    /// Whether both a person's keyboard and screen are there: questions may be asked, lines redrawn.
    pub interactive: Interactive,
}

/// Whether a person is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interactive {
    Yes,
    No,
}

/// What of the environment decides colour, passed in by the caller.
#[derive(Debug, Clone, Copy, Default)]
pub struct ColourVariables {
    /// `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// `CLICOLOR_FORCE` is set, not empty and not `0`.
    pub force: bool,
}

impl Printer {
    /// Looks at the terminals of this process.
    pub fn of_process(verbosity: Verbosity, choice: ColourChoice, variables: ColourVariables) -> Self {
        let look = |is_terminal: bool, term: &console::Term| {
            let colour = match choice {
                ColourChoice::Always => Colour::Ansi,
                ColourChoice::Never => Colour::Plain,
                ColourChoice::Auto if variables.no_color => Colour::Plain,
                ColourChoice::Auto if variables.force || is_terminal => Colour::Ansi,
                ColourChoice::Auto => Colour::Plain,
            };
            let width = if is_terminal { usize::from(term.size().1).clamp(40, 120) } else { 80 };
            Look { colour, width }
        };
        let (out, err) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        Self {
            verbosity,
            out: look(out, &console::Term::stdout()),
            err: look(err, &console::Term::stderr()),
            interactive: if io::stdin().is_terminal() && err { Interactive::Yes } else { Interactive::No },
        }
    }

    /// Writes a result to standard output, as it is.
    ///
    /// # Errors
    /// The reader went away (a closed pipe), or the disk is full.
    pub fn result(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        if !text.is_empty() && !text.ends_with('\n') {
            out.write_all(b"\n")?;
        }
        out.flush()
    }

    /// Says something on standard error, unless quiet. A lost standard error loses only words.
    pub fn say(&self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.complain(text);
        }
    }

    /// Says something on standard error that is never left out: errors, questions.
    pub fn complain(&self, text: &str) {
        let mut err = io::stderr().lock();
        let _ = writeln!(err, "{}", text.trim_end_matches('\n'));
    }
}
