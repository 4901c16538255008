//! Cloud SQL: instances, databases, users.

use google_cloud_sql_v1::model::database_instance::SqlInstanceState;
use google_cloud_sql_v1::model::ip_configuration::SslMode;
use google_cloud_sql_v1::model::settings::{DataApiAccess, Edition, SqlActivationPolicy};
use google_cloud_sql_v1::model::user::SqlUserType;
use google_cloud_sql_v1::model::{SqlAvailabilityType, SqlBackendType, SqlDataDiskType, SqlDatabaseVersion};

use super::stack;
use crate::answer::{all, known};
use crate::context::{PROJECT, REGION, World};

#[tokio::test]
async fn sql_instances_are_read() {
    let world = World::applied(&stack()).await;
    let instances = &world.clients.instances;
    let instance = instances.get().set_project(PROJECT).set_instance("prefect-db").send().await.unwrap();
    let instance = known(instance);
    assert_eq!(instance.state, SqlInstanceState::Runnable);
    assert_eq!(instance.database_version, SqlDatabaseVersion::Postgres18);
    assert_eq!((instance.name.as_str(), instance.region.as_str()), ("prefect-db", REGION));
    assert_eq!(instance.connection_name, format!("{PROJECT}:{REGION}:prefect-db"));
    assert_eq!(instance.backend_type, SqlBackendType::SecondGen);
    assert!(instance.psc_service_attachment_link.is_some());
    let settings = instance.settings.clone().unwrap();
    assert_eq!((settings.edition, settings.tier.as_str()), (Edition::Enterprise, "db-f1-micro"));
    assert_eq!(settings.availability_type, SqlAvailabilityType::Zonal);
    assert_eq!(settings.activation_policy, SqlActivationPolicy::Always);
    assert_eq!(settings.data_api_access, Some(DataApiAccess::AllowDataApi));
    assert_eq!((settings.data_disk_size_gb, settings.data_disk_type), (Some(10), SqlDataDiskType::PdSsd));
    assert_eq!(settings.settings_version, Some(1));
    assert_eq!(settings.user_labels["stackctl-stack"], "prefect");
    let flags: Vec<_> = settings.database_flags.iter().map(|f| (f.name.as_str(), f.value.as_str())).collect();
    assert_eq!(flags, [("cloudsql.iam_authentication", "on")]);
    let ip = settings.ip_configuration.unwrap();
    assert_eq!((ip.ipv4_enabled, ip.ssl_mode), (Some(false), SslMode::EncryptedOnly));
    let psc = ip.psc_config.unwrap();
    assert_eq!(psc.psc_enabled, Some(true));
    assert_eq!(psc.allowed_consumer_projects, [PROJECT]);
    assert_eq!(all!(instances.list().set_project(PROJECT)), [instance]);
}

#[tokio::test]
async fn sql_databases_are_read() {
    let world = World::applied(&stack()).await;
    let databases = &world.clients.databases;
    let get = databases.get().set_project(PROJECT).set_instance("prefect-db").set_database("prefect");
    let database = known(get.send().await.unwrap());
    assert_eq!((database.name.as_str(), database.instance.as_str()), ("prefect", "prefect-db"));
    assert_eq!((database.charset.as_str(), database.collation.as_str()), ("UTF8", "en_US.UTF8"));
    let listed = databases.list().set_project(PROJECT).set_instance("prefect-db").send().await.unwrap();
    let names: Vec<&str> = listed.items.iter().map(|database| database.name.as_str()).collect();
    assert!(names.contains(&"prefect") && names.contains(&"postgres"), "{names:?}");
    assert!(known(listed).items.contains(&database));
}

#[tokio::test]
async fn sql_users_are_read() {
    let world = World::applied(&stack()).await;
    let users = &world.clients.users;
    let listed = users.list().set_project(PROJECT).set_instance("prefect-db").send().await.unwrap();
    let login = "prefect-sa@sandbox-project.iam";
    let ours = known(listed.clone()).items.into_iter().find(|user| user.name == login).unwrap();
    assert_eq!(ours.r#type, SqlUserType::CloudIamServiceAccount);
    assert_eq!((ours.instance.as_str(), ours.project.as_str()), ("prefect-db", PROJECT));
    assert_eq!(ours.password, "", "a password never comes back");
    let root = listed.items.iter().find(|user| user.name == "postgres").unwrap();
    assert_eq!(root.r#type, SqlUserType::BuiltIn);
    let get = users.get().set_project(PROJECT).set_instance("prefect-db").set_name(login).send().await.unwrap();
    assert_eq!(get, ours);
}
