//! Exit codes, one meaning each.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or no changes.
    Done,
    /// Something failed.
    Failed,
    /// There are changes or drift (`plan --detailed-exitcode` alone).
    Changes,
    /// The stack file or the command line is wrong.
    Wrong,
    /// Protected, not ours, locked, stale, or the answer was no.
    Refused,
    /// Only what Google holds is left, or a revision is deployed and not serving.
    Incomplete,
    Interrupted,
}

impl Exit {
    /// The number that the shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Changes => 2,
            Self::Wrong => 3,
            Self::Refused => 4,
            Self::Incomplete => 5,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
