//! Cloud Run: services, worker pools, jobs.

use google_cloud_gax::error::rpc::Code;
use google_cloud_iam_v1::model::{Binding, Policy};
use google_cloud_run_v2::model::{
    Container, EnvVar, ExecutionTemplate, HTTPGetAction, IngressTraffic, Job, Probe, ResourceRequirements,
    RevisionTemplate, Service, ServiceScaling, TaskTemplate, WorkerPool, WorkerPoolRevisionTemplate, WorkerPoolScaling,
};
use google_cloud_wkt::{Duration, FieldMask};

use super::world;
use crate::answer::{done, known, refusal};
use crate::context::{PROJECT, REGION};

fn parent() -> String {
    format!("projects/{PROJECT}/locations/{REGION}")
}

fn container(image: &str, level: &str) -> Container {
    let limits = ResourceRequirements::new().set_limits([("cpu", "1"), ("memory", "512Mi")]);
    Container::new()
        .set_image(format!("us-central1-docker.pkg.dev/sandbox-project/images/{image}"))
        .set_env([EnvVar::new().set_name("LOG_LEVEL").set_value(level)])
        .set_resources(limits)
}

fn duration(seconds: i64) -> Duration {
    Duration::new(seconds, 0).unwrap()
}

#[tokio::test]
async fn services_are_taken_over() {
    let entries = "services:
  web:
    image: us-central1-docker.pkg.dev/sandbox-project/images/web:v1
    scaling: {minInstanceCount: 1, maxInstanceCount: 4}
    resources: {limits: {cpu: \"1\", memory: 512Mi}}
    timeout: 60s
    ingress: INGRESS_TRAFFIC_INTERNAL_ONLY
    env: {LOG_LEVEL: info}
    startupProbe: {httpGet: {path: /ready}, periodSeconds: 10, failureThreshold: 12}
    labels: {team: web}
    invokers: [allUsers]
";
    let world = world(entries).await;
    let services = &world.clients.services;
    let name = format!("{}/services/web", parent());
    let probe = Probe::new().set_period_seconds(10).set_failure_threshold(12);
    let probe = probe.set_http_get(HTTPGetAction::new().set_path("/ready"));
    let container = container("web:v1", "info").set_startup_probe(probe);
    let service = Service::new()
        .set_scaling(ServiceScaling::new().set_min_instance_count(1).set_max_instance_count(4))
        .set_ingress(IngressTraffic::InternalOnly)
        .set_labels([("team", "web")])
        .set_template(RevisionTemplate::new().set_containers([container]).set_timeout(duration(60)));
    let create = services.create_service().set_parent(parent()).set_service_id("web").set_service(service);
    let made = known(done!(create).unwrap());
    assert_eq!((made.name.as_str(), made.generation, made.observed_generation), (name.as_str(), 1, 1));
    let everybody =
        Policy::new().set_bindings([Binding::new().set_role("roles/run.invoker").set_members(["allUsers"])]);
    known(services.set_iam_policy().set_resource(&name).set_policy(everybody).send().await.unwrap());
    world.adopts("services.web");

    let get = || services.get_service().set_name(&name).send();
    let mut other = get().await.unwrap();
    let template = other.template.as_mut().unwrap();
    template.containers[0].env = vec![EnvVar::new().set_name("LOG_LEVEL").set_value("debug")];
    let before = other.generation;
    let updated = known(done!(services.update_service().set_service(other)).unwrap());
    assert_eq!(updated.generation, before + 1);
    world.drifts("services.web", "env");
    let found = get().await.unwrap();
    assert_eq!(found.template.unwrap().containers[0].env[0].value().unwrap(), "info");

    let mask = FieldMask::default().set_paths(["ingress"]);
    let other = Service::new().set_name(&name).set_ingress(IngressTraffic::All).set_template(RevisionTemplate::new());
    let updated = known(done!(services.update_service().set_service(other).set_update_mask(mask)).unwrap());
    assert_eq!(updated.ingress, IngressTraffic::All);
    assert_eq!(updated.template.unwrap().containers.len(), 1, "what the mask does not name stays");
    world.drifts("services.web", "ingress");
    assert_eq!(get().await.unwrap().ingress, IngressTraffic::InternalOnly);

    services.set_iam_policy().set_resource(&name).set_policy(Policy::new()).send().await.unwrap();
    world.drifts("services.web", "iam");
    let policy = services.get_iam_policy().set_resource(&name).send().await.unwrap();
    assert_eq!(crate::reads::members(&policy, "roles/run.invoker"), ["allUsers"]);

    done!(services.delete_service().set_name(&name)).unwrap();
    assert_eq!(refusal(get().await).code, Code::NotFound);
    world.makes_anew("services.web");
    assert_eq!(get().await.unwrap().labels["team"], "web");

    world.destroys(&[]);
    assert_eq!(refusal(get().await).code, Code::NotFound);
}

#[tokio::test]
async fn worker_pools_are_taken_over() {
    let entries = "workerPools:
  queue:
    image: us-central1-docker.pkg.dev/sandbox-project/images/worker:v1
    scaling: {manualInstanceCount: 2}
    resources: {limits: {cpu: \"1\", memory: 512Mi}}
    env: {LOG_LEVEL: info}
    labels: {team: web}
";
    let world = world(entries).await;
    let pools = &world.clients.worker_pools;
    let name = format!("{}/workerPools/queue", parent());
    let template = WorkerPoolRevisionTemplate::new().set_containers([container("worker:v1", "info")]);
    let pool = WorkerPool::new()
        .set_scaling(WorkerPoolScaling::new().set_manual_instance_count(2))
        .set_labels([("team", "web")])
        .set_template(template);
    let create = pools.create_worker_pool().set_parent(parent()).set_worker_pool_id("queue").set_worker_pool(pool);
    let made = known(done!(create).unwrap());
    assert_eq!((made.name.as_str(), made.generation), (name.as_str(), 1));
    world.adopts("workerPools.queue");

    let get = || pools.get_worker_pool().set_name(&name).send();
    let other = get().await.unwrap().set_scaling(WorkerPoolScaling::new().set_manual_instance_count(3));
    known(done!(pools.update_worker_pool().set_worker_pool(other)).unwrap());
    world.drifts("workerPools.queue", "scaling.manualInstanceCount");
    assert_eq!(get().await.unwrap().scaling.unwrap().manual_instance_count, Some(2));

    done!(pools.delete_worker_pool().set_name(&name)).unwrap();
    assert_eq!(refusal(get().await).code, Code::NotFound);
    world.makes_anew("workerPools.queue");
    assert_eq!(get().await.unwrap().labels["team"], "web");

    world.destroys(&[]);
    assert_eq!(refusal(get().await).code, Code::NotFound);
}

#[tokio::test]
async fn jobs_are_taken_over() {
    let entries = "jobs:
  migrate:
    image: us-central1-docker.pkg.dev/sandbox-project/images/migrate:v1
    taskCount: 2
    maxRetries: 1
    timeout: 900s
    resources: {limits: {cpu: \"1\", memory: 512Mi}}
    env: {LOG_LEVEL: info}
    labels: {team: web}
";
    let world = world(entries).await;
    let jobs = &world.clients.jobs;
    let name = format!("{}/jobs/migrate", parent());
    let task = TaskTemplate::new().set_containers([container("migrate:v1", "info")]);
    let task = task.set_max_retries(1).set_timeout(duration(900));
    let template = ExecutionTemplate::new().set_task_count(2).set_template(task);
    let job = Job::new().set_template(template).set_labels([("team", "web")]);
    let made = known(done!(jobs.create_job().set_parent(parent()).set_job_id("migrate").set_job(job)).unwrap());
    assert_eq!((made.name.as_str(), made.generation), (name.as_str(), 1));
    world.adopts("jobs.migrate");

    let get = || jobs.get_job().set_name(&name).send();
    let mut other = get().await.unwrap();
    other.template.as_mut().unwrap().task_count = 5;
    known(done!(jobs.update_job().set_job(other)).unwrap());
    world.drifts("jobs.migrate", "taskCount");
    assert_eq!(get().await.unwrap().template.unwrap().task_count, 2);

    done!(jobs.delete_job().set_name(&name)).unwrap();
    assert_eq!(refusal(get().await).code, Code::NotFound);
    world.makes_anew("jobs.migrate");
    assert_eq!(get().await.unwrap().labels["team"], "web");

    world.destroys(&[]);
    assert_eq!(refusal(get().await).code, Code::NotFound);
}
