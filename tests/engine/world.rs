//! A cloud, a store and a stack, and runs between them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use stackctl::engine::{self, Inputs, Look, Options, Report, Run, Session, Stop, Survey, Unset};
use stackctl::gcp::transport::Transport;
use stackctl::gcp::{Client, Clock, Limits};
use stackctl::inventory::{Memory, Owner, Store};
use stackctl::kinds::registry;
use stackctl::model::event::{Event, Happening};
use stackctl::model::{Action, Address, Diagnostic};
use stackctl::plan::{self, Allow, Desired, Observed, Plan, PlanInputs, Purpose};
use stackctl::records::{CloudKey, Inventory};
use stackctl::sandbox::cloud::{Pace, Settings};
use stackctl::sandbox::local::{SandboxTransport, in_memory};
use stackctl::sandbox::{self, Speed, admin};
use stackctl::stack::{self, File, Mode};
use stackctl::wire::{Method, Request};

use crate::doors::{CloudDoor, Counter, Kill, Sent, StoreDoor, Trouble};

pub const PROJECT: &str = "sandbox-project";
const EPOCH: &str = "2026-05-01T10:00:00Z";

/// A cloud and the records of it, both of which outlive a process.
pub struct World {
    pub cloud: SandboxTransport,
    pub store: Memory,
    clock: Clock,
}

/// What one process did.
pub struct Outcome {
    /// Absent: it died.
    pub report: Option<Report>,
    pub events: Vec<Event>,
    pub effects: usize,
    /// What it sent that changes something, in order.
    pub sent: Vec<Request>,
}

impl Outcome {
    pub fn report(&self) -> &Report {
        self.report.as_ref().expect("the process lived")
    }

    /// What is shown while waiting for a resource, in order.
    pub fn retries(&self) -> Vec<String> {
        let retry = |event: &Event| match &event.what {
            Happening::StepRetrying { address, message, .. } => Some(format!("{address}: {message}")),
            _ => None,
        };
        self.events.iter().filter_map(retry).collect()
    }
}

/// How a process goes about it.
pub struct Process {
    pub purpose: Purpose,
    pub kill: Kill,
    pub trouble: Trouble,
    pub adopt: Allow,
    pub options: Options,
    pub stop: Stop,
}

impl Default for Process {
    fn default() -> Self {
        Self {
            purpose: Purpose::Apply,
            kill: Kill::Never,
            trouble: Trouble::None,
            adopt: Allow::Nothing,
            options: Options::default(),
            stop: Stop::default(),
        }
    }
}

/// What a look at the world found.
pub struct Sight {
    pub inputs: Inputs,
    pub observed: Observed,
    pub plan: Plan,
}

impl World {
    /// An empty cloud that takes Google's time for everything.
    pub fn new() -> Self {
        let speed = Speed::Factor(1.0);
        let clock = sandbox::Clock::tokio(EPOCH.parse().unwrap(), speed);
        let settings = Settings { pace: Pace::Timed, ..Settings::default() };
        Self {
            cloud: in_memory(clock, settings),
            store: Memory::default(),
            clock: Clock::new(EPOCH.parse().unwrap(), 1.0),
        }
    }

    /// One process: look, plan, carry out; until it is done or dies.
    pub async fn run(&self, yaml: &str, process: Process) -> Outcome {
        let counter = Counter::new(process.kill);
        let sent = Sent::default();
        let transport = CloudDoor::new(self.cloud.clone(), counter.clone(), process.trouble, sent.clone());
        let store = StoreDoor { inner: self.store.clone(), counter: counter.clone() };
        let client = Client::new(Arc::new(transport), self.clock.clone(), Limits::None);
        let client = Arc::new(client.quota_project(PROJECT).jitter(Box::new(|| 0.5)));
        let events = Mutex::new(Vec::new());
        let listen = |event: Event| events.lock().unwrap().push(event);
        let session = Session {
            client,
            store: &store,
            listen: &listen,
            kinds: registry::all(),
            options: process.options.clone(),
        };
        let work = carry_out(&session, yaml, &process);
        let report = tokio::select! {
            biased;
            done = work => {
                let (report, _) = done.unwrap_or_else(|found| panic!("{found:#?}"));
                Some(report)
            }
            () = counter.death() => None,
        };
        self.store.forget_lock();
        let sent = sent.lock().unwrap().clone();
        Outcome { report, events: events.into_inner().unwrap(), effects: counter.count(), sent }
    }

    pub async fn apply(&self, yaml: &str) -> Outcome {
        self.run(yaml, Process::default()).await
    }

    /// What a plan would say now.
    pub async fn plan(&self, yaml: &str) -> Plan {
        let transport = CloudDoor::new(self.cloud.clone(), Counter::new(Kill::Never), Trouble::None, Sent::default());
        let client = Client::new(Arc::new(transport), self.clock.clone(), Limits::None);
        let session = Session {
            client: Arc::new(client.quota_project(PROJECT)),
            store: &self.store,
            listen: &|_| {},
            kinds: registry::all(),
            options: Options::default(),
        };
        let survey = engine::survey(&session, PROJECT).await.unwrap();
        let records = engine::load_records(&self.store).await.unwrap();
        let inventory = records.inventory.clone().unwrap_or_else(|| fresh(yaml, &survey));
        let suspects = records.suspects();
        look(&session, yaml, &survey, &inventory, &suspects, &Process::default()).await.unwrap().plan
    }

    pub async fn inventory(&self) -> Inventory {
        let loaded = self.store.load().await.unwrap();
        assert!(loaded.journal.is_empty(), "the journal is closed: {:?}", loaded.journal.events());
        loaded.inventory.expect("there is an inventory")
    }

    /// Everything in the project, by key, without what differs between two clouds anyway.
    pub async fn state(&self) -> BTreeMap<String, Json> {
        let get = Request::get(admin::HOST, "/state").query("project", PROJECT);
        let state = self.cloud.send(get).await.unwrap();
        let state = state.body.as_json().unwrap().as_object().unwrap().clone();
        state.into_iter().filter(|(key, _)| !key.contains("operation")).collect()
    }

    pub async fn keys(&self) -> Vec<String> {
        self.state().await.into_keys().collect()
    }

    /// Secrets and their versions, as they are.
    pub async fn secrets(&self) -> BTreeMap<String, Json> {
        self.state().await.into_iter().filter(|(key, _)| key.starts_with("secretmanager/")).collect()
    }

    pub async fn order_faults(&self, rules: Json) {
        self.door("/faults", rules).await;
    }

    pub async fn settings(&self, settings: Json) {
        self.door("/settings", settings).await;
    }

    pub async fn door(&self, path: &str, body: Json) {
        let order = Request::new(Method::Post, admin::HOST, path).json(body);
        let answer = self.cloud.send(order).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// Sends something as somebody else does.
    pub async fn send(&self, request: Request) -> Json {
        let answer = self.cloud.send(request.header("x-goog-user-project", PROJECT)).await.unwrap();
        assert!(answer.is_success(), "{answer:?}");
        answer.body.as_json().cloned().unwrap_or(json!({}))
    }
}

fn fresh(yaml: &str, survey: &Survey) -> Inventory {
    Inventory::new(&desired(yaml, survey).stack, CloudKey::Sandbox, survey.project.clone(), &engine::new_key())
}

/// The stack of a file, for the project that was surveyed.
pub fn desired(yaml: &str, survey: &Survey) -> Desired {
    let file = File { name: "stack.yaml".into(), bytes: yaml.as_bytes().to_vec() };
    let draft = stack::parse(&[file], &[]).unwrap_or_else(|unreadable| panic!("{:#?}", unreadable.findings));
    let inputs = stack::Inputs {
        mode: Mode::Sandbox,
        project_number: survey.project.number.clone(),
        ..stack::Inputs::default()
    };
    let built = stack::build(&draft, &inputs);
    Desired::from(&built.stack.unwrap_or_else(|| panic!("{:#?}", built.findings)))
}

async fn look(
    session: &Session<'_>,
    yaml: &str,
    survey: &Survey,
    inventory: &Inventory,
    suspects: &BTreeSet<Address>,
    process: &Process,
) -> Result<Sight, Diagnostic> {
    let desired = desired(yaml, survey);
    let inputs = engine::load_inputs(&desired, session.kinds, Path::new("."), &|_| None, Unset::Empty);
    let options = plan::Options {
        adopt: process.adopt.clone(),
        replace: Allow::All,
        data_loss: Allow::All,
        ..plan::Options::new(process.purpose, session.client.clock().now_text())
    };
    let look =
        Look { survey, desired: &desired, inventory: Some(inventory), inputs: &inputs, options: &options, suspects };
    let observed = engine::observe(session, &look).await?;
    let plan = plan::build(&PlanInputs {
        desired: &desired,
        inventory,
        observed: &observed,
        options: &options,
        kinds: session.kinds,
    });
    assert_eq!(plan::lint::lint(&plan, session.kinds), Vec::<String>::new());
    Ok(Sight { inputs, observed, plan })
}

async fn carry_out(session: &Session<'_>, yaml: &str, process: &Process) -> Result<(Report, Plan), Diagnostic> {
    let survey = engine::survey(session, PROJECT).await?;
    let owner = Owner::this("apply", session.client.clock().now_text());
    session.store.lock(&owner).await.map_err(|error| error.diagnostic())?;
    let mut records = engine::load_records(session.store).await.map_err(|error| error.diagnostic())?;
    let suspects = engine::recover(session, &mut records, &survey.project, &process.stop).await?;
    let inventory = records.inventory.clone().unwrap_or_else(|| fresh(yaml, &survey));
    let sight = look(session, yaml, &survey, &inventory, &suspects, process).await?;
    if let Some(found) = sight.plan.errors().next() {
        return Err(found.clone());
    }
    let missing: Vec<_> = sight.plan.missing_consents().collect();
    assert!(missing.is_empty(), "{missing:?}");
    let against = engine::preflight(session, &sight.plan, &sight.inputs).await;
    assert!(against.is_empty(), "{against:?}");
    let run = Run {
        plan: &sight.plan,
        observed: &sight.observed,
        inputs: &sight.inputs,
        inventory: &inventory,
        suspects: &suspects,
        stop: &process.stop,
    };
    let report = engine::execute(session, run).await.map_err(|error| error.diagnostic())?;
    session.store.release().await.map_err(|error| error.diagnostic())?;
    Ok((report, sight.plan))
}

/// The actions of a plan that are not `none`, in its order.
pub fn actions(plan: &Plan) -> Vec<(String, Action)> {
    let changed = plan.resources.iter().filter(|planned| planned.action != Action::None);
    changed.map(|planned| (planned.address.to_string(), planned.action)).collect()
}

/// The tutorial's stack, with an image of Google's own in place of built ones.
pub const STACK: &str = r#"
stack: prefect
region: us-central1

networks:
  prefect-network: {autoCreateSubnetworks: false}

subnetworks:
  prefect-subnet: {network: prefect-network, ipCidrRange: 10.0.0.0/24, privateIpGoogleAccess: true}

serviceAccounts:
  prefect-sa: {displayName: Prefect database service account}

iamBindings:
  cloudsql-client: {role: roles/cloudsql.client, members: [serviceAccount:prefect-sa]}
  cloudsql-login: {role: roles/cloudsql.instanceUser, members: [serviceAccount:prefect-sa]}

sqlInstances:
  prefect-db:
    databaseVersion: POSTGRES_18
    edition: ENTERPRISE
    tier: db-f1-micro
    availabilityType: ZONAL
    databaseFlags: {cloudsql.iam_authentication: "on"}
    ipConfiguration:
      ipv4Enabled: false
      sslMode: ENCRYPTED_ONLY
      pscConfig: {pscEnabled: true, allowedConsumerProjects: ["${project.id}"]}

sqlDatabases:
  prefect: {instance: prefect-db}

sqlUsers:
  prefect-sa: {instance: prefect-db, serviceAccount: prefect-sa}

addresses:
  prefect-db-ip: {subnetwork: prefect-subnet, address: 10.0.0.5}

forwardingRules:
  prefect-db-endpoint:
    network: prefect-network
    address: prefect-db-ip
    target: ${sqlInstances.prefect-db.pscServiceAttachmentLink}

secrets:
  prefect-auth:
    generate: {length: 32, prefix: "admin:"}
    iam: [{role: roles/secretmanager.secretAccessor, members: [serviceAccount:prefect-sa]}]

repositories:
  prefect-repo: {format: DOCKER}

services:
  prefect-server:
    image: us-docker.pkg.dev/cloudrun/container/hello
    serviceAccount: prefect-sa
    vpcAccess: {network: prefect-network, subnetwork: prefect-subnet, egress: PRIVATE_RANGES_ONLY}
    scaling: {minInstanceCount: 1, maxInstanceCount: 1}
    env:
      DB_USER: ${sqlUsers.prefect-sa.login}
      DB_IP: ${addresses.prefect-db-ip.address}
      DB_NAME: prefect
      PREFECT_API_URL: ${self.url}/api
      PREFECT_SERVER_API_AUTH_STRING: {secret: prefect-auth}
    startupProbe: {httpGet: {path: /api/ready}, periodSeconds: 10, failureThreshold: 24}
    invokers: [allUsers]

workerPools:
  prefect-worker:
    image: us-docker.pkg.dev/cloudrun/container/hello
    serviceAccount: prefect-sa
    scaling: {manualInstanceCount: 1}
    resources: {limits: {cpu: "1", memory: 1Gi}}
    vpcAccess: {network: prefect-network, subnetwork: prefect-subnet, egress: PRIVATE_RANGES_ONLY}
    env:
      PREFECT_API_URL: ${services.prefect-server.url}/api
      PREFECT_API_AUTH_STRING: {secret: prefect-auth}

outputs:
  ui: ${services.prefect-server.url}
"#;
