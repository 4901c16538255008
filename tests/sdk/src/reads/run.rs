//! Cloud Run: services with their revisions, worker pools, jobs and an execution.

use std::collections::BTreeMap;

use google_cloud_run_v2::model::condition::State;
use google_cloud_run_v2::model::vpc_access::VpcEgress;
use google_cloud_run_v2::model::{Condition, Container, IngressTraffic, VpcAccess};

use super::identity::members;
use super::stack;
use crate::answer::{all, done, known};
use crate::context::{PROJECT, REGION, World};

fn parent() -> String {
    format!("projects/{PROJECT}/locations/{REGION}")
}

/// Plain variables by name; of a secret one, the secret and its version.
fn env(container: &Container) -> BTreeMap<&str, String> {
    let text = |variable: &google_cloud_run_v2::model::EnvVar| match variable.value_source() {
        None => variable.value().cloned().unwrap_or_default(),
        Some(source) => {
            let secret = source.secret_key_ref.clone().unwrap();
            format!("{}@{}", secret.secret, secret.version)
        }
    };
    container.env.iter().map(|variable| (variable.name.as_str(), text(variable))).collect()
}

#[track_caller]
fn is_in_our_subnet(access: Option<&VpcAccess>) {
    let access = access.unwrap();
    assert_eq!(access.egress, VpcEgress::PrivateRangesOnly);
    let [interface] = &access.network_interfaces[..] else { panic!("{access:?}") };
    assert_eq!(interface.network, format!("projects/{PROJECT}/global/networks/prefect-network"));
    assert_eq!(interface.subnetwork, format!("projects/{PROJECT}/regions/{REGION}/subnetworks/prefect-subnet"));
}

#[track_caller]
fn is_ready(condition: Option<&Condition>) {
    let condition = condition.unwrap();
    assert_eq!((condition.r#type.as_str(), &condition.state), ("Ready", &State::ConditionSucceeded));
}

#[tokio::test]
async fn services_are_read() {
    let world = World::applied(&stack()).await;
    let services = &world.clients.services;
    let name = format!("{}/services/prefect-server", parent());
    let service = known(services.get_service().set_name(&name).send().await.unwrap());
    is_ready(service.terminal_condition.as_ref());
    assert_eq!((service.generation, service.observed_generation, service.reconciling), (1, 1, false));
    assert_eq!(service.ingress, IngressTraffic::All);
    assert_eq!(service.labels["stackctl-stack"], "prefect");
    let scaling = service.scaling.clone().unwrap();
    assert_eq!((scaling.min_instance_count, scaling.max_instance_count), (1, 1));
    let template = service.template.clone().unwrap();
    is_in_our_subnet(template.vpc_access.as_ref());
    assert_eq!(template.service_account, "prefect-sa@sandbox-project.iam.gserviceaccount.com");
    assert_eq!((template.timeout.unwrap().seconds(), template.max_instance_request_concurrency), (300, 80));
    let [container] = &template.containers[..] else { panic!("{template:?}") };
    assert_eq!(container.image, "us-central1-docker.pkg.dev/sandbox-project/prefect-repo/prefect-server:v1");
    let env = env(container);
    assert_eq!((env["DB_IP"].as_str(), env["DB_USER"].as_str()), ("10.0.0.5", "prefect-sa@sandbox-project.iam"));
    let secret = format!("projects/{PROJECT}/secrets/prefect-auth@1");
    assert_eq!(env["PREFECT_SERVER_API_AUTH_STRING"], secret);
    assert!(service.urls.iter().any(|url| env["PREFECT_API_URL"] == format!("{url}/api")), "{:?}", service.urls);
    let probe = container.startup_probe.clone().unwrap();
    assert_eq!((probe.period_seconds, probe.failure_threshold), (10, 24));
    assert_eq!(probe.http_get().unwrap().path, "/api/ready");
    let policy = known(services.get_iam_policy().set_resource(&name).send().await.unwrap());
    assert_eq!(members(&policy, "roles/run.invoker"), ["allUsers"]);
    assert_eq!(all!(services.list_services().set_parent(parent())), [service]);
}

#[tokio::test]
async fn revisions_are_read() {
    let world = World::applied(&stack()).await;
    let name = format!("{}/services/prefect-server", parent());
    let service = world.clients.services.get_service().set_name(&name).send().await.unwrap();
    let revisions = &world.clients.revisions;
    let revision = known(revisions.get_revision().set_name(&service.latest_ready_revision).send().await.unwrap());
    assert_eq!(revision.service, "prefect-server");
    assert_eq!(revision.containers[0].image, service.template.unwrap().containers[0].image);
    assert_eq!(all!(revisions.list_revisions().set_parent(&name)), [revision]);
}

#[tokio::test]
async fn worker_pools_are_read() {
    let world = World::applied(&stack()).await;
    let pools = &world.clients.worker_pools;
    let name = format!("{}/workerPools/prefect-worker", parent());
    let pool = known(pools.get_worker_pool().set_name(&name).send().await.unwrap());
    is_ready(pool.terminal_condition.as_ref());
    assert_eq!(pool.scaling.clone().unwrap().manual_instance_count, Some(1));
    let template = pool.template.clone().unwrap();
    is_in_our_subnet(template.vpc_access.as_ref());
    let [container] = &template.containers[..] else { panic!("{template:?}") };
    let limits = &container.resources.as_ref().unwrap().limits;
    assert_eq!((limits["cpu"].as_str(), limits["memory"].as_str()), ("1", "1Gi"));
    assert_eq!(env(container)["PREFECT_API_AUTH_STRING"], format!("projects/{PROJECT}/secrets/prefect-auth@1"));
    assert_eq!(all!(pools.list_worker_pools().set_parent(parent())), [pool]);
}

#[tokio::test]
async fn jobs_are_read_and_run() {
    let world = World::applied(&stack()).await;
    let jobs = &world.clients.jobs;
    let name = format!("{}/jobs/migrate", parent());
    let job = known(jobs.get_job().set_name(&name).send().await.unwrap());
    is_ready(job.terminal_condition.as_ref());
    assert_eq!(job.labels["team"], "data");
    let template = job.template.clone().unwrap();
    assert_eq!((template.task_count, template.parallelism), (2, 1));
    let task = template.template.unwrap();
    assert_eq!((task.max_retries(), task.timeout.unwrap().seconds()), (Some(&0), 900));
    let [container] = &task.containers[..] else { panic!("{task:?}") };
    assert_eq!(
        (&container.command[..], &container.args[..]),
        (&["alembic".to_owned()][..], &["upgrade".to_owned(), "head".to_owned()][..])
    );
    assert_eq!(env(container)["AUTH"], format!("projects/{PROJECT}/secrets/prefect-auth@1"));
    assert_eq!(all!(jobs.list_jobs().set_parent(parent())), [job]);

    let execution = known(done!(jobs.run_job().set_name(&name)).unwrap());
    assert_eq!((execution.task_count, execution.succeeded_count, execution.failed_count), (2, 2, 0));
    assert_eq!(execution.job, "migrate");
    let executions = &world.clients.executions;
    let again = known(executions.get_execution().set_name(&execution.name).send().await.unwrap());
    assert_eq!(again.succeeded_count, 2);
    assert_eq!(all!(executions.list_executions().set_parent(&name)).len(), 1);
    world.plans_nothing();
}
