//! Ctrl-C and the end that a supervisor asks for.

use tokio::signal::unix::{SignalKind, signal};

/// Ready at the next Ctrl-C or termination. Never, where signals cannot be had.
pub async fn first() {
    let interrupt = signal(SignalKind::interrupt());
    let terminate = signal(SignalKind::terminate());
    match (interrupt, terminate) {
        (Ok(mut interrupt), Ok(mut terminate)) => {
            tokio::select! {
                biased;
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        _ => std::future::pending().await,
    }
}
