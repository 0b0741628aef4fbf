use super::Ibm;
use crate::engine::managed::{Kind, ListQuery, NewEdition, NewSecret, Order};
use serde_json::{Value, json};
use std::time::Instant;

fn names(list: &Value) -> Vec<&str> {
    let secrets = list["secrets"].as_array().unwrap().iter();
    secrets.map(|secret| secret["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn lists_are_paged_and_searched() {
    let mut ibm = Ibm::new().await;
    for name in ["db-two", "app", "db-one", "other"] {
        ibm.arbitrary(name).await;
        ibm.fixture.bench.clock.advance_secs(1);
    }
    ibm.create("kv", json!({"name": "kv", "payload": {}})).await;
    for restarted in [false, true] {
        if restarted {
            ibm.fixture.restart();
        }
        for (query, wanted, total) in [
            ("", vec!["db-two", "app", "db-one", "other"], 4),
            ("?limit=2", vec!["db-two", "app"], 4),
            ("?limit=2&offset=2", vec!["db-one", "other"], 4),
            ("?offset=4", vec![], 4),
            ("?search=db", vec!["db-two", "db-one"], 2),
            ("?sort_by=name&limit=3", vec!["app", "db-one", "db-two"], 4),
            ("?search=db&sort_by=name", vec!["db-one", "db-two"], 2),
            ("?list=true", vec!["db-two", "app", "db-one", "other"], 4),
        ] {
            let list = ibm
                .check(
                    "GET",
                    &format!("ibmcloud/arbitrary/secrets{query}"),
                    &Value::Null,
                    200,
                )
                .await;
            assert_eq!(
                (names(&list), &list["secrets_total"]),
                (wanted, &json!(total)),
                "{query}"
            );
            assert!(
                list["secrets"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|secret| secret.get("secret_data").is_none())
            );
        }
    }
    for query in [
        "?limit=0",
        "?limit=5001",
        "?limit=x",
        "?offset=-1",
        "?sort_by=colour",
    ] {
        ibm.check(
            "GET",
            &format!("ibmcloud/arbitrary/secrets{query}"),
            &Value::Null,
            400,
        )
        .await;
    }
}

#[tokio::test]
async fn a_late_page_of_ten_thousand_costs_what_an_early_one_does() {
    const ALL: usize = 10_000;
    let ibm = Ibm::new().await;
    let bench = &ibm.fixture.bench;
    let made = (0..ALL).map(|index| {
        let secret = NewSecret::new(
            Kind::Arbitrary,
            format!("secret-{index:05}"),
            b"p".to_vec().into(),
            NewEdition::by("test"),
        );
        let (engine, collection) = (bench.engine.clone(), bench.collection.id());
        tokio::spawn(async move { engine.create(collection, secret).await.map(drop) })
    });
    for made in made.collect::<Vec<_>>() {
        made.await.unwrap().unwrap();
    }
    let page = |offset: usize| {
        let query = ListQuery {
            offset,
            limit: 50,
            search: String::new(),
            order: Order::Made,
        };
        let one = [bench.collection.id()];
        bench.engine.listed(Kind::Arbitrary, Some(&one), &query).unwrap()
    };
    let fastest = |offset: usize| {
        let took = (0..20).map(|_| {
            let start = Instant::now();
            assert_eq!((page(offset).page.len(), page(offset).total), (50, ALL));
            start.elapsed()
        });
        took.min().unwrap()
    };
    let (early, late) = (fastest(0), fastest(ALL - 50));
    assert!(late < early * 3, "{early:?} {late:?}");
}
