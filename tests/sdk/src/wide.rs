//! Many fields of many kinds at once: read by Google's clients, carried by them into another cloud, and found there by
//! stackctl without a difference. What a client's types drop, rename or write otherwise shows as a change.

use google_cloud_artifactregistry_v1::model::Repository;
use google_cloud_compute_v1::model::network_routing_config::BgpBestPathSelectionMode;
use google_cloud_compute_v1::model::subnetwork_log_config::{AggregationInterval, Metadata};
use google_cloud_compute_v1::model::{Address, Network, Subnetwork};
use google_cloud_iam_admin_v1::model::ServiceAccount;
use google_cloud_iam_v1::model::{GetPolicyOptions, Policy};
use google_cloud_run_v2::model::{ExecutionEnvironment, Job, Service, WorkerPool};
use google_cloud_secretmanager_v1::model::Secret;
use google_cloud_sql_v1::model::{DatabaseInstance, SqlAvailabilityType, SqlDatabaseVersion, SqlUpdateTrack};

use crate::answer::{all, done, known};
use crate::context::{PROJECT, REGION, World};
use crate::made;

const WIDE: &str = include_str!("wide.yaml");

/// All that the stack has in the cloud, as the clients' own types.
struct Everything {
    network: Network,
    subnetwork: Subnetwork,
    address: Address,
    account: ServiceAccount,
    policy: Policy,
    secret: Secret,
    repositories: Vec<Repository>,
    instance: DatabaseInstance,
    service: Service,
    pool: WorkerPool,
    job: Job,
}

fn parent() -> String {
    format!("projects/{PROJECT}/locations/{REGION}")
}

fn account() -> String {
    format!("projects/{PROJECT}/serviceAccounts/web-app@{PROJECT}.iam.gserviceaccount.com")
}

async fn policy(world: &World) -> Policy {
    let options = GetPolicyOptions::new().set_requested_policy_version(3);
    let get = world.clients.projects.get_iam_policy().set_resource(format!("projects/{PROJECT}"));
    get.set_options(options).send().await.unwrap()
}

async fn read(world: &World) -> Everything {
    let c = &world.clients;
    let subnetwork = c.subnetworks.get().set_project(PROJECT).set_region(REGION).set_subnetwork("apps");
    let address = c.addresses.get().set_project(PROJECT).set_region(REGION).set_address("front");
    let secret = c.secrets.get_secret().set_name(format!("projects/{PROJECT}/secrets/session-key"));
    let service = c.services.get_service().set_name(format!("{}/services/web", parent()));
    let pool = c.worker_pools.get_worker_pool().set_name(format!("{}/workerPools/queue", parent()));
    Everything {
        network: known(c.networks.get().set_project(PROJECT).set_network("main").send().await.unwrap()),
        subnetwork: known(subnetwork.send().await.unwrap()),
        address: known(address.send().await.unwrap()),
        account: known(c.iam.get_service_account().set_name(account()).send().await.unwrap()),
        policy: known(policy(world).await),
        secret: known(secret.send().await.unwrap()),
        repositories: all!(c.registry.list_repositories().set_parent(parent())),
        instance: known(c.instances.get().set_project(PROJECT).set_instance("main").send().await.unwrap()),
        service: known(service.send().await.unwrap()),
        pool: known(pool.send().await.unwrap()),
        job: known(c.jobs.get_job().set_name(format!("{}/jobs/migrate", parent())).send().await.unwrap()),
    }
}

#[tokio::test]
async fn many_fields_are_read() {
    let world = World::applied(WIDE).await;
    let found = read(&world).await;
    let routing = found.network.routing_config.unwrap();
    assert_eq!(routing.bgp_best_path_selection_mode, Some(BgpBestPathSelectionMode::Standard));
    assert_eq!((found.network.mtu, routing.bgp_always_compare_med), (Some(1500), Some(true)));
    let log = found.subnetwork.log_config.unwrap();
    assert_eq!((log.aggregation_interval, log.flow_sampling), (Some(AggregationInterval::Interval10Min), Some(0.5)));
    assert_eq!(log.metadata, Some(Metadata::ExcludeAllMetadata));
    let conditional = found.policy.bindings.iter().find(|binding| binding.role == "roles/logging.viewer").unwrap();
    assert_eq!((conditional.members.len(), found.policy.version), (2, 3));
    assert!(conditional.condition.as_ref().unwrap().expression.contains("2027-07-01"));
    let replicas = found.secret.replication.as_ref().unwrap().user_managed().unwrap().replicas.clone();
    assert_eq!(replicas.iter().map(|r| r.location.as_str()).collect::<Vec<_>>(), ["us-central1", "us-east1"]);
    assert_eq!(found.secret.version_destroy_ttl.unwrap().seconds(), 7 * 24 * 3600);
    let images = found.repositories.iter().find(|repository| repository.name.ends_with("/images")).unwrap();
    assert!(images.docker_config().unwrap().immutable_tags);
    assert_eq!(images.cleanup_policies["newest"].most_recent_versions().unwrap().keep_count, Some(10));
    assert_eq!(images.cleanup_policies["old"].condition().unwrap().older_than.unwrap().seconds(), 30 * 24 * 3600);

    assert_eq!(found.instance.database_version, SqlDatabaseVersion::Postgres17);
    let settings = found.instance.settings.unwrap();
    assert_eq!(settings.availability_type, SqlAvailabilityType::Regional);
    assert_eq!((settings.data_disk_size_gb, settings.storage_auto_resize_limit), (Some(20), Some(200)));
    let window = settings.maintenance_window.unwrap();
    assert_eq!((window.day, window.hour, window.update_track), (Some(7), Some(4), SqlUpdateTrack::Stable));
    let backup = settings.backup_configuration.unwrap();
    assert_eq!((backup.enabled, backup.start_time.as_str()), (Some(true), "03:00"));
    assert_eq!(backup.backup_retention_settings.unwrap().retained_backups, Some(14));
    assert_eq!(backup.point_in_time_recovery_enabled, Some(true));
    assert_eq!(settings.insights_config.unwrap().query_string_length, Some(1024));
    assert_eq!(settings.location_preference.unwrap().secondary_zone, "us-central1-f");
    assert_eq!(settings.ip_configuration.unwrap().authorized_networks[0].value, "203.0.113.0/24");

    let template = found.service.template.unwrap();
    assert_eq!(template.execution_environment, ExecutionEnvironment::Gen2);
    assert_eq!((template.session_affinity, template.max_instance_request_concurrency), (true, 40));
    let [main, metrics] = &template.containers[..] else { panic!("{template:?}") };
    assert_eq!((main.name.as_str(), metrics.name.as_str()), ("main", "metrics"));
    assert_eq!((main.ports[0].name.as_str(), main.ports[0].container_port), ("h2c", 9000));
    assert_eq!(metrics.depends_on, ["main"]);
    let resources = main.resources.as_ref().unwrap();
    assert_eq!((resources.cpu_idle, resources.startup_cpu_boost), (false, true));
    assert_eq!(main.liveness_probe.as_ref().unwrap().tcp_socket().unwrap().port, 9000);
    let sockets = template.volumes.iter().find(|volume| volume.name == "sockets").unwrap();
    assert_eq!(sockets.cloud_sql_instance().unwrap().instances, ["sandbox-project:us-central1:main"]);
    assert_eq!(template.vpc_access.unwrap().network_interfaces[0].tags, ["web"]);
    assert_eq!(found.service.custom_audiences, ["https://web.example.com"]);
    assert_eq!(found.pool.template.unwrap().volumes[0].empty_dir().unwrap().size_limit, "64Mi");
    assert_eq!(found.job.template.unwrap().parallelism, 2);
}

/// Makes the same again through the clients, from what they read.
async fn make(world: &World, all: Everything) {
    let c = &world.clients;
    done!(c.networks.insert().set_project(PROJECT).set_body(all.network)).unwrap().to_result().unwrap();
    let insert = c.subnetworks.insert().set_project(PROJECT).set_region(REGION).set_body(all.subnetwork);
    done!(insert).unwrap().to_result().unwrap();
    let insert = c.addresses.insert().set_project(PROJECT).set_region(REGION).set_body(all.address);
    done!(insert).unwrap().to_result().unwrap();
    let create = c.iam.create_service_account().set_name(format!("projects/{PROJECT}")).set_account_id("web-app");
    let plain =
        ServiceAccount::new().set_display_name(all.account.display_name).set_description(all.account.description);
    create.set_service_account(plain).send().await.unwrap();
    let bindings = policy(world).await.set_bindings(all.policy.bindings).set_version(3);
    c.projects.set_iam_policy().set_resource(format!("projects/{PROJECT}")).set_policy(bindings).send().await.unwrap();
    let create = c.secrets.create_secret().set_parent(format!("projects/{PROJECT}")).set_secret_id("session-key");
    create.set_secret(all.secret.set_name("")).send().await.unwrap();
    for repository in all.repositories {
        let id = repository.name.rsplit('/').next().unwrap().to_owned();
        let create = c.registry.create_repository().set_parent(parent()).set_repository_id(id);
        done!(create.set_repository(repository)).unwrap();
    }
    let insert = c.instances.insert().set_project(PROJECT).set_body(all.instance).send().await.unwrap();
    made::finish(world, insert).await;
    let create = c.services.create_service().set_parent(parent()).set_service_id("web");
    done!(create.set_service(all.service.set_name(""))).unwrap();
    let create = c.worker_pools.create_worker_pool().set_parent(parent()).set_worker_pool_id("queue");
    done!(create.set_worker_pool(all.pool.set_name(""))).unwrap();
    let create = c.jobs.create_job().set_parent(parent()).set_job_id("migrate");
    done!(create.set_job(all.job.set_name(""))).unwrap();
}

#[tokio::test]
async fn what_the_clients_carry_elsewhere_is_the_same_there() {
    let here = World::applied(WIDE).await;
    let there = World::with(WIDE).await;
    made::enable(&there).await;
    make(&there, read(&here).await).await;
    let plan = there.run(&["plan", "--adopt", "--format", "json"], 0);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    for resource in plan["resources"].as_array().unwrap() {
        assert_eq!(resource["action"], "adopt", "{resource:#}");
        let changes = resource["changes"].as_array().unwrap();
        // Compute takes labels in a request of their own, after an insert.
        let others = changes.iter().filter(|change| !change["path"].as_str().unwrap().contains("stackctl-stack"));
        assert_eq!(others.collect::<Vec<_>>(), Vec::<&serde_json::Value>::new(), "{}", resource["address"]);
    }
    there.run(&["apply", "--yes", "--adopt"], 0);
    there.plans_nothing();
}
