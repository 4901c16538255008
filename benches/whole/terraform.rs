//! Terraform beside: as many `terraform_data` resources, which need no provider and send no request.

use std::fmt::Write as _;
use std::path::Path;

use super::process::{Figure, command, timed, timed_well};

pub struct Terraform {
    pub apply: Figure,
    pub plan: Vec<Figure>,
}

/// Applies, then plans `runs` times; absent where Terraform is not on the path, or fails.
pub fn measure(folder: &Path, count: usize, runs: usize) -> Option<Terraform> {
    let folder = folder.join("terraform");
    std::fs::create_dir_all(&folder).ok()?;
    let mut text = String::new();
    for number in 0..count {
        let _ = writeln!(text, "resource \"terraform_data\" \"r{number}\" {{\n  input = \"value {number}\"\n}}");
    }
    std::fs::write(folder.join("main.tf"), text).ok()?;
    let terraform = |args: &[&str]| {
        let mut command = command(&folder, "terraform", args);
        command.env("CHECKPOINT_DISABLE", "1").env("TF_DATA_DIR", folder.join("data"));
        command
    };
    terraform(&["version"]).status().ok().filter(std::process::ExitStatus::success)?;
    if !timed(&mut terraform(&["init", "-input=false"])).status.success() {
        return None;
    }
    let apply = timed_well(&mut terraform(&["apply", "-auto-approve", "-input=false"]));
    let plan = (0..runs).map(|_| timed_well(&mut terraform(&["plan", "-input=false"]))).collect();
    Some(Terraform { apply, plan })
}
