//! `apply` and `destroy`: plan, ask, carry out.

use crate::cli::args::{ApplyArgs, CloudArgs, ConsentArgs, DestroyArgs, RunArgs};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::flow::{self, Flow};
use crate::cli::run::{self, Asked};
use crate::cli::runtime;
use crate::engine::{self, HeldOnes};
use crate::kinds::call::FinalBackup;
use crate::plan::{AdoptedOnes, Options, Purpose};
use crate::ui::Printer;

/// Makes the project match the file.
pub fn apply(args: &ApplyArgs, printer: &Printer) -> Result<Exit, Failure> {
    let runtime = runtime()?;
    let _guard = runtime.enter();
    let mut flow = Flow::open(&args.work.stack, &args.work.cloud)?;
    let now = flow.cloud.clock.now_text();
    let options = flow::options(Purpose::Apply, now, &args.work.selection, &args.consent)?;
    let asked = Asked {
        options,
        engine: engine_options(&args.work.cloud, &args.work.run),
        run: &args.work.run,
        no_input: args.work.cloud.no_input,
        saved: args.plan.as_deref(),
    };
    runtime.block_on(run::carry_out(&mut flow, asked, printer))
}

/// Takes down everything that is ours.
pub fn destroy(args: &DestroyArgs, printer: &Printer) -> Result<Exit, Failure> {
    let runtime = runtime()?;
    let _guard = runtime.enter();
    let mut flow = Flow::open(&args.work.stack, &args.work.cloud)?;
    let consent =
        ConsentArgs { adopt: Vec::new(), allow_replace: Vec::new(), allow_data_loss: args.allow_data_loss.clone() };
    let now = flow.cloud.clock.now_text();
    let options = flow::options(Purpose::Destroy, now, &args.work.selection, &consent)?;
    let adopted = if args.include_adopted { AdoptedOnes::Delete } else { AdoptedOnes::Forget };
    let engine = engine::Options {
        held: if args.wait { HeldOnes::Wait } else { HeldOnes::Report },
        final_backup: if args.no_final_backup { FinalBackup::Skip } else { FinalBackup::Take },
        ..engine_options(&args.work.cloud, &args.work.run)
    };
    let asked = Asked {
        options: Options { adopted, ..options },
        engine,
        run: &args.work.run,
        no_input: args.work.cloud.no_input,
        saved: None,
    };
    runtime.block_on(run::carry_out(&mut flow, asked, printer))
}

fn engine_options(cloud: &CloudArgs, run: &RunArgs) -> engine::Options {
    engine::Options {
        parallelism: usize::from(run.parallelism),
        reads: usize::from(cloud.read_parallelism),
        ..engine::Options::default()
    }
}
