//! What the service refuses reaches Google's clients as the errors they are written for.

use google_cloud_compute_v1::model::address::AddressType;
use google_cloud_compute_v1::model::{Address, Network, RegionSetLabelsRequest, Subnetwork};
use google_cloud_gax::error::rpc::{Code, StatusDetails};
use google_cloud_iam_v1::model::Binding;
use google_cloud_run_v2::model::{Container, RevisionTemplate, Service};
use google_cloud_secretmanager_v1::model::{Secret, SecretPayload};
use google_cloud_sql_v1::model::{DatabaseInstance, Settings, SqlDatabaseVersion};
use google_cloud_wkt::FieldMask;

use crate::answer::{details, done, refusal};
use crate::context::{PROJECT, REGION, World};
use crate::made;

fn parent() -> String {
    format!("projects/{PROJECT}/locations/{REGION}")
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let world = made::world("").await;
    let c = &world.clients;
    let network = c.networks.get().set_project(PROJECT).set_network("none");
    let subnet = c.subnetworks.get().set_project(PROJECT).set_region(REGION).set_subnetwork("none");
    let address = c.addresses.get().set_project(PROJECT).set_region(REGION).set_address("none");
    let rule = c.forwarding_rules.get().set_project(PROJECT).set_region(REGION).set_forwarding_rule("none");
    let instance = c.instances.get().set_project(PROJECT).set_instance("none");
    // Compute and Cloud SQL write no `status`; Google's client then knows the HTTP status alone.
    let listed = [
        refusal(network.send().await),
        refusal(subnet.send().await),
        refusal(address.send().await),
        refusal(rule.send().await),
        refusal(instance.send().await),
    ];
    assert!(listed.iter().all(|refused| refused.http == 404 && refused.code == Code::Unknown), "{listed:#?}");
    let message = "The resource 'projects/sandbox-project/global/networks/none' was not found";
    assert_eq!(listed[0].message, message);

    let account = format!("projects/{PROJECT}/serviceAccounts/none@{PROJECT}.iam.gserviceaccount.com");
    let with_status = [
        refusal(c.iam.get_service_account().set_name(account).send().await),
        refusal(c.secrets.get_secret().set_name(format!("projects/{PROJECT}/secrets/none")).send().await),
        refusal(c.registry.get_repository().set_name(format!("{}/repositories/none", parent())).send().await),
        refusal(c.services.get_service().set_name(format!("{}/services/none", parent())).send().await),
        refusal(c.worker_pools.get_worker_pool().set_name(format!("{}/workerPools/none", parent())).send().await),
        refusal(c.jobs.get_job().set_name(format!("{}/jobs/none", parent())).send().await),
    ];
    assert!(
        with_status.iter().all(|refused| refused.http == 404 && refused.code == Code::NotFound),
        "{with_status:#?}"
    );
}

#[tokio::test]
async fn what_is_there_already_exists() {
    let world = made::world("").await;
    let c = &world.clients;
    made::make_network(&world).await;
    let again = c.networks.insert().set_project(PROJECT).set_body(Network::new().set_name("main"));
    assert_eq!(refusal(done!(again)).http, 409);
    let account =
        || c.iam.create_service_account().set_name(format!("projects/{PROJECT}")).set_account_id("twice-made");
    account().send().await.unwrap();
    let refused = refusal(account().send().await);
    assert_eq!((refused.http, refused.code), (409, Code::AlreadyExists));
    made::make_secret(&world, "twice").await;
    let secret = c.secrets.create_secret().set_parent(format!("projects/{PROJECT}")).set_secret_id("twice");
    let refused = refusal(secret.set_secret(automatic()).send().await);
    assert_eq!((refused.http, refused.code), (409, Code::AlreadyExists));
    let service = || c.services.create_service().set_parent(parent()).set_service_id("web").set_service(web());
    done!(service()).unwrap();
    let refused = refusal(done!(service()));
    assert_eq!((refused.http, refused.code), (409, Code::AlreadyExists));
}

fn automatic() -> Secret {
    use google_cloud_secretmanager_v1::model::{Replication, replication::Automatic};
    Secret::new().set_replication(Replication::new().set_automatic(Automatic::new()))
}

fn web() -> Service {
    let container = Container::new().set_image("us-docker.pkg.dev/cloudrun/container/hello");
    Service::new().set_template(RevisionTemplate::new().set_containers([container]))
}

#[tokio::test]
async fn an_api_that_is_not_enabled_says_which_one() {
    let world = World::with("stack: made\nproject: sandbox-project\nregion: us-central1\n").await;
    let refused = world.clients.services.get_service().set_name(format!("{}/services/web", parent())).send().await;
    let seen =
        refusal(world.clients.services.get_service().set_name(format!("{}/services/web", parent())).send().await);
    assert_eq!((seen.http, seen.code), (403, Code::PermissionDenied));
    let details = details(refused);
    let info = details.iter().find_map(|detail| match detail {
        StatusDetails::ErrorInfo(info) => Some(info),
        _ => None,
    });
    let info = info.unwrap_or_else(|| panic!("{details:?}"));
    assert_eq!((info.reason.as_str(), info.domain.as_str()), ("SERVICE_DISABLED", "googleapis.com"));
    assert_eq!(info.metadata["service"], "run.googleapis.com");
    assert!(info.metadata["consumer"].starts_with("projects/"), "{info:?}");
    assert!(details.iter().any(|detail| matches!(detail, StatusDetails::Help(_))), "where to enable it: {details:?}");
}

#[tokio::test]
async fn a_wrong_value_is_an_invalid_argument_that_names_the_field() {
    let world = made::world("").await;
    let c = &world.clients;
    let unknown_mask = FieldMask::default().set_paths(["no_such_field"]);
    let made = made::make_secret(&world, "here").await;
    let update = c.secrets.update_secret().set_secret(made).set_update_mask(unknown_mask).send().await;
    assert_eq!((refusal(update).code), Code::InvalidArgument);
    let bad_name = c.secrets.create_secret().set_parent(format!("projects/{PROJECT}")).set_secret_id("not a name");
    let refused = refusal(bad_name.set_secret(automatic()).send().await);
    assert_eq!((refused.http, refused.code), (400, Code::InvalidArgument));
    let mut no_image = web();
    no_image.template.as_mut().unwrap().containers[0].image = String::new();
    let create = || c.services.create_service().set_parent(parent()).set_service_id("web");
    let refused = refusal(done!(create().set_service(no_image.clone())));
    assert_eq!((refused.http, refused.code), (400, Code::InvalidArgument));
    let named = details(done!(create().set_service(no_image))).into_iter().find_map(|detail| match detail {
        StatusDetails::BadRequest(bad) => Some(bad.field_violations[0].field.clone()),
        _ => None,
    });
    assert!(named.as_ref().is_some_and(|field| field.contains("image")), "{named:?}");
    let bad_network = Network::new().set_name("Not_A_Name").set_auto_create_subnetworks(false);
    let refused = refusal(done!(c.networks.insert().set_project(PROJECT).set_body(bad_network)));
    assert_eq!(refused.http, 400);
    let plus = Settings::new().set_tier("db-f1-micro");
    let instance = DatabaseInstance::new().set_name("main").set_region(REGION).set_settings(plus);
    let instance = instance.set_database_version(SqlDatabaseVersion::Postgres18);
    let refused = refusal(c.instances.insert().set_project(PROJECT).set_body(instance).send().await);
    assert_eq!(refused.http, 400, "PostgreSQL 18 is ENTERPRISE_PLUS where nothing is said, which has no such tier");
}

#[tokio::test]
async fn a_stale_etag_or_fingerprint_is_a_conflict() {
    let world = made::world("").await;
    let c = &world.clients;
    let resource = format!("projects/{PROJECT}");
    let stale = c.projects.get_iam_policy().set_resource(&resource).send().await.unwrap();
    let mut fresh = stale.clone();
    fresh.bindings.push(Binding::new().set_role("roles/viewer").set_members(["user:ann@example.com"]));
    c.projects.set_iam_policy().set_resource(&resource).set_policy(fresh).send().await.unwrap();
    let refused = refusal(c.projects.set_iam_policy().set_resource(&resource).set_policy(stale).send().await);
    assert_eq!((refused.http, refused.code), (409, Code::Aborted), "{}", refused.message);

    done!(c.services.create_service().set_parent(parent()).set_service_id("web").set_service(web())).unwrap();
    let stale = c.services.get_service().set_name(format!("{}/services/web", parent())).send().await.unwrap();
    let other = stale.clone().set_labels([("team", "web")]);
    done!(c.services.update_service().set_service(other)).unwrap();
    let refused = refusal(done!(c.services.update_service().set_service(stale)));
    assert_eq!((refused.http, refused.code), (409, Code::Aborted), "{}", refused.message);

    made::make_network(&world).await;
    made::make_subnetwork(&world).await;
    made::make_address(&world).await;
    let labels = RegionSetLabelsRequest::new().set_labels([("team", "web")]).set_label_fingerprint("stale");
    let set = c.addresses.set_labels().set_project(PROJECT).set_region(REGION).set_resource("database");
    assert_eq!(refusal(done!(set.set_body(labels))).http, 412);
    let subnet = Subnetwork::new().set_fingerprint("stale").set_enable_flow_logs(true);
    let patch = c.subnetworks.patch().set_project(PROJECT).set_region(REGION).set_subnetwork("apps").set_body(subnet);
    assert_eq!(refusal(done!(patch)).http, 412);

    made::make_instance(&world).await;
    let stale = c.instances.get().set_project(PROJECT).set_instance("main").send().await.unwrap();
    let other = Settings::new().set_tier("db-g1-small");
    let patch = c.instances.patch().set_project(PROJECT).set_instance("main");
    let patched = patch.set_body(DatabaseInstance::new().set_settings(other)).send().await.unwrap();
    made::finish(&world, patched).await;
    let update = c.instances.update().set_project(PROJECT).set_instance("main").set_body(stale).send().await;
    assert_eq!(refusal(update).http, 412, "the settings' version has moved on");
}

#[tokio::test]
async fn a_failed_operation_is_done_and_carries_the_error() {
    let world = made::world("").await;
    made::make_network(&world).await;
    made::make_subnetwork(&world).await;
    made::make_address(&world).await;
    let addresses = &world.clients.addresses;
    let second = Address::new().set_name("second").set_address("10.0.0.5").set_address_type(AddressType::Internal);
    let second = second.set_subnetwork(format!("projects/{PROJECT}/regions/{REGION}/subnetworks/apps"));
    let insert = addresses.insert().set_project(PROJECT).set_region(REGION).set_body(second);
    let operation = done!(insert).unwrap();
    let failed = format!("{:?}", operation.clone().to_result().unwrap_err());
    assert!(failed.contains("IP_IN_USE_BY_ANOTHER_RESOURCE") && failed.contains("10.0.0.5"), "{failed}");
    assert_eq!(operation.http_error_status_code, Some(400));
    let operations = &world.clients.region_operations;
    let again = operations.get().set_project(PROJECT).set_region(REGION).set_operation(operation.name.unwrap());
    assert!(again.send().await.unwrap().to_result().is_err(), "it stays failed");
    let get = addresses.get().set_project(PROJECT).set_region(REGION).set_address("second");
    assert_eq!(refusal(get.send().await).http, 404);

    let delete = world.clients.networks.delete().set_project(PROJECT).set_network("main");
    let refused = refusal(done!(delete));
    assert_eq!(refused.http, 400);
    assert!(refused.message.contains("is already being used by"), "{}", refused.message);
}

#[tokio::test]
async fn a_corrupt_payload_is_refused() {
    let world = made::world("").await;
    let made = made::make_secret(&world, "checked").await;
    let payload = SecretPayload::new().set_data("right").set_data_crc32c(1);
    let add = world.clients.secrets.add_secret_version().set_parent(&made.name).set_payload(payload);
    let refused = refusal(add.send().await);
    assert_eq!((refused.http, refused.code), (400, Code::InvalidArgument), "{}", refused.message);
}
