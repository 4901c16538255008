//! The wish to stop: once, no new steps are begun; twice, out at once.

use tokio::sync::watch;

/// How urgently somebody wants a run to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Wish {
    #[default]
    None,
    /// No new steps; what runs is finished.
    Drain,
    /// Out at once; the next run looks at what was running.
    Now,
}

/// A signal that whoever handles Ctrl-C raises and a run hears. Clones are the same signal.
#[derive(Debug, Clone)]
pub struct Stop {
    wish: watch::Sender<Wish>,
}

impl Default for Stop {
    fn default() -> Self {
        Self { wish: watch::Sender::new(Wish::None) }
    }
}

impl Stop {
    /// Raises it by one: the first time no new steps, the second time out at once.
    pub fn press(&self) {
        self.wish.send_modify(|wish| {
            *wish = match wish {
                Wish::None => Wish::Drain,
                Wish::Drain | Wish::Now => Wish::Now,
            }
        });
    }

    /// How it stands.
    pub fn wish(&self) -> Wish {
        *self.wish.borrow()
    }

    /// Returns once it is at least `wish`. Cancel-safe.
    pub async fn reaches(&self, wish: Wish) {
        let mut heard = self.wish.subscribe();
        // The sender lives as long as `self`: the wait never fails.
        let _ = heard.wait_for(|now| *now >= wish).await;
    }
}
