//! One life of the stack, from plan to destroy, and what came of it.

use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value as Json;

use crate::assumptions::{ASSUMPTIONS, Verdict};
use crate::context::{Ran, Workspace};
use crate::stack;

/// Where the stack lives.
pub struct Cloud {
    pub project: String,
    /// An emulator's URL; absent: Google.
    pub endpoint: Option<String>,
    /// Until Google lets go of the subnetwork.
    pub stays: bool,
}

/// What was done and seen.
pub struct Life {
    name: String,
    /// Steps, in order, with their exit code and duration in seconds.
    steps: Vec<(&'static str, i32, u64)>,
    pub faults: Vec<String>,
    pub record: Vec<Json>,
    left: String,
}

/// Variables by which credentials and ways to Google are found.
const PASSED: &[&str] = &["HOME", "PATH", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE"];

/// A few letters that no other run has.
pub fn suffix() -> String {
    let mut seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let mut letters = String::new();
    for _ in 0..5 {
        letters.insert(0, char::from(b"abcdefghijklmnopqrstuvwxyz"[(seconds % 26) as usize]));
        seconds /= 26;
    }
    letters
}

/// A life under way.
struct Living<'a> {
    cloud: &'a Cloud,
    workspace: &'a Workspace,
    life: Life,
}

impl Life {
    /// Lives it. What was made is taken down whatever happened; faults are collected, not thrown.
    pub fn lived(cloud: &Cloud, text: &str) -> Self {
        let name = text.lines().find_map(|line| line.strip_prefix("stack: ")).unwrap_or("live").to_owned();
        let workspace = Workspace::with(text);
        let life = Self { name, steps: Vec::new(), faults: Vec::new(), record: Vec::new(), left: String::new() };
        let mut living = Living { cloud, workspace: &workspace, life };
        living.make(text);
        living.take_down(text);
        let mut life = living.life;
        life.record = workspace.recorded();
        life.faults.extend(workspace.judged().faults);
        life
    }

    /// The steps, each assumption's verdict, and what is left, as Markdown.
    pub fn report(&self) -> String {
        let mut text = format!(
            "# {}\n\n{} exchanges recorded.\n\n| step | exit code | seconds |\n|---|---|---|\n",
            self.name,
            self.record.len()
        );
        for (step, code, seconds) in &self.steps {
            text.push_str(&format!("| {step} | {code} | {seconds} |\n"));
        }
        text.push_str("\n| assumption | verdict | | assumed | by |\n|---|---|---|---|---|\n");
        for assumption in ASSUMPTIONS {
            let (verdict, why) = match assumption.verdict(&self.record) {
                Verdict::Confirmed(why) => ("confirmed", why),
                Verdict::Refuted(why) => ("refuted", why),
                Verdict::Unseen => ("not seen", String::new()),
            };
            let why = why.replace('|', "\\|");
            text.push_str(&format!(
                "| {} | {verdict} | {why} | {}: {} | {} |\n",
                assumption.id, assumption.section, assumption.assumed, assumption.source
            ));
        }
        text.push_str(&format!("\n{}\n", self.left));
        for fault in &self.faults {
            text.push_str(&format!("\nFault: {fault}\n"));
        }
        text
    }

    /// Writes record and report into `folder`.
    pub fn keep(&self, folder: &Path) {
        std::fs::create_dir_all(folder).expect("the build folder can be written");
        let lines: String = self.record.iter().map(|line| format!("{line}\n")).collect();
        let record = folder.join(format!("{}.jsonl", self.name));
        std::fs::write(&record, lines).expect("the build folder can be written");
        std::fs::write(record.with_extension("md"), self.report()).expect("the build folder can be written");
        println!("The record to send: {}", record.display());
    }
}

impl Living<'_> {
    fn run(&mut self, step: &'static str, args: &[&str], expected: &[i32]) -> Ran {
        let mut all = args.to_vec();
        if let Some(url) = &self.cloud.endpoint {
            all.extend(["--endpoint", url, "--clock", "1000"]);
        }
        let mut env: Vec<(String, String)> = std::env::vars()
            .filter(|(name, _)| {
                PASSED.contains(&name.as_str()) || name.starts_with("GOOGLE_") || name.starts_with("CLOUDSDK_")
            })
            .collect();
        env.push(("PROJECT_ID".into(), self.cloud.project.clone()));
        let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        println!("{step}: stackctl {}", args.join(" "));
        let began = Instant::now();
        let ran = self.workspace.run_with(&all, &env);
        self.life.steps.push((step, ran.code, began.elapsed().as_secs()));
        if !expected.contains(&ran.code) {
            let fault = format!("{step}: exit code {}, not {expected:?}\n{}\n{}", ran.code, ran.stdout, ran.stderr);
            self.life.faults.push(fault);
        }
        ran
    }

    fn plans(&mut self, step: &'static str, expected: i32) {
        self.run(step, &["plan", "--detailed-exitcode"], &[expected]);
    }

    fn applies(&mut self, step: &'static str) -> bool {
        self.run(step, &["apply", "--yes"], &[0]).code == 0
    }

    /// Everything up to the destroy; stops at the first step without which the next make no sense.
    fn make(&mut self, text: &str) {
        self.plans("plan", 2);
        if !self.applies("apply") {
            return;
        }
        self.plans("empty plan", 0);
        self.drifts(text);
        self.workspace.write("stack.yaml", stack::changed(text, stack::UPDATE));
        self.plans("plan an update", 2);
        self.applies("update");
        self.plans("empty plan after the update", 0);
    }

    /// Somebody with the same file and other records changes what is ours: a plan says drift, an apply puts it back.
    fn drifts(&mut self, text: &str) {
        let folder = self.workspace.path().join(".stackctl");
        let kept = self.workspace.path().join("kept");
        copy(&folder, &kept);
        self.workspace.write("stack.yaml", stack::changed(text, stack::DRIFT));
        self.applies("somebody changes something");
        let _ = std::fs::remove_dir_all(&folder);
        copy(&kept, &folder);
        self.workspace.write("stack.yaml", text);
        self.plans("drift check", 2);
        self.applies("put it back");
        self.plans("empty plan after drift", 0);
    }

    fn take_down(&mut self, text: &str) {
        let name = self.life.name.clone();
        self.workspace.write("stack.yaml", text);
        let holds = [
            format!("sqlInstances.{name}-db"),
            format!("repositories.{name}-repo"),
            format!("secrets.{name}-auth"),
            "sqlDatabases.prefect".to_owned(),
        ];
        let mut destroy = vec!["destroy", "--yes", "--no-final-backup"];
        destroy.extend(holds.iter().flat_map(|address| ["--allow-data-loss", address.as_str()]));
        let mut code = self.run("destroy", &destroy, &[0, 5]).code;
        if code == 1 {
            code = self.run("destroy again", &destroy, &[0, 5]).code;
        }
        if code == 5 && self.cloud.stays {
            destroy.push("--wait");
            self.run("destroy, until Google lets go", &destroy, &[0]);
        }
        let ours = self.run("what is left", &["inventory"], &[0]).stdout;
        self.life.left = if ours.starts_with("Nothing is ours") {
            "Nothing is left.".to_owned()
        } else {
            let stack = self.workspace.path().join("stack.yaml");
            let kept = std::env::temp_dir().join(&name);
            copy(self.workspace.path(), &kept);
            format!(
                "This is left, and none of it costs money if it is a network, a subnetwork or an address:\n\n{ours}\n\
                 Take it down later with `stackctl destroy --yes` in `{}` ({} was copied there).",
                kept.display(),
                stack.display()
            )
        };
    }
}

/// Copies a folder with what is in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder of this run can be made");
    for entry in std::fs::read_dir(from).into_iter().flatten().flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            if !target.starts_with(&path) {
                copy(&path, &target);
            }
        } else {
            std::fs::copy(&path, &target).expect("a file of this run can be copied");
        }
    }
}
