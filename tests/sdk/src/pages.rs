//! Pages, filters and requests that only ask.

use google_cloud_gax::error::rpc::Code;
use google_cloud_gax::paginator::Paginator as _;
use google_cloud_run_v2::model::{Container, RevisionTemplate, Service};

use crate::answer::{all, done, known, refusal};
use crate::context::{PROJECT, REGION};
use crate::made;

#[tokio::test]
async fn lists_come_in_pages() {
    let world = made::world("").await;
    let ids = ["a", "b", "c", "d", "e"];
    for id in ids {
        made::make_secret(&world, id).await;
        let create = world.clients.iam.create_service_account().set_name(format!("projects/{PROJECT}"));
        create.set_account_id(format!("account-{id}")).send().await.unwrap();
    }
    let list = || world.clients.secrets.list_secrets().set_parent(format!("projects/{PROJECT}")).set_page_size(2);
    let mut pages = list().by_page();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await {
        let page = known(page.unwrap());
        assert_eq!(page.total_size, 5);
        sizes.push(page.secrets.len());
    }
    assert_eq!(sizes, [2, 2, 1]);
    let mut names: Vec<String> =
        all!(list()).into_iter().map(|s| s.name.rsplit('/').next().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names, ids);
    let accounts = world.clients.iam.list_service_accounts().set_name(format!("projects/{PROJECT}")).set_page_size(2);
    let emails: Vec<String> = all!(accounts).into_iter().map(|account| account.email).collect();
    assert!(ids.iter().all(|id| emails.iter().any(|email| email.starts_with(&format!("account-{id}@")))), "{emails:?}");
    let networks = || world.clients.networks.list().set_project(PROJECT);
    made::make_network(&world).await;
    assert_eq!(all!(networks().set_max_results(1_u32).set_filter("name = main")).len(), 1);
    assert_eq!(all!(networks().set_filter("name = other")).len(), 0);
}

#[tokio::test]
async fn only_validated_is_not_made() {
    let world = made::world("").await;
    let services = &world.clients.services;
    let parent = format!("projects/{PROJECT}/locations/{REGION}");
    let container = Container::new().set_image("us-docker.pkg.dev/cloudrun/container/hello");
    let service = Service::new().set_template(RevisionTemplate::new().set_containers([container]));
    let create = services.create_service().set_parent(&parent).set_service_id("web").set_service(service);
    done!(create.set_validate_only(true)).unwrap();
    let get = services.get_service().set_name(format!("{parent}/services/web"));
    assert_eq!(refusal(get.send().await).code, Code::NotFound);
}

#[tokio::test]
async fn operations_can_be_read_again() {
    let world = made::world("").await;
    let services = &world.clients.services;
    let parent = format!("projects/{PROJECT}/locations/{REGION}");
    let container = Container::new().set_image("us-docker.pkg.dev/cloudrun/container/hello");
    let service = Service::new().set_template(RevisionTemplate::new().set_containers([container]));
    let create = services.create_service().set_parent(&parent).set_service_id("web").set_service(service);
    let begun = create.send().await.unwrap();
    assert!(!begun.done, "Google answers before it is done");
    assert!(begun.name.starts_with(&format!("{parent}/operations/")), "{}", begun.name);
    let mut found = known(services.get_operation().set_name(&begun.name).send().await.unwrap());
    for _ in 0..10 {
        if found.done {
            break;
        }
        found = services.get_operation().set_name(&begun.name).send().await.unwrap();
    }
    assert!(found.done && found.error().is_none(), "{found:?}");

    made::make_network(&world).await;
    made::make_subnetwork(&world).await;
    let delete = world.clients.subnetworks.delete().set_project(PROJECT).set_region(REGION).set_subnetwork("apps");
    let done = done!(delete).unwrap();
    let everywhere = world.clients.global_operations.list().set_project(PROJECT);
    assert!(all!(everywhere).iter().any(|operation| operation.operation_type.as_deref() == Some("insert")));
    let operations = &world.clients.region_operations;
    let get = operations.get().set_project(PROJECT).set_region(REGION).set_operation(done.name.clone().unwrap());
    assert_eq!(known(get.send().await.unwrap()), done);
}
