//! The calls of every client, with the AWS SDK for Rust: `calls`, or `repeat COUNT PAUSE_MS` of one and the same client.
//! One line a call: its name, ok or refused, the text that the SDK gives. It knows nothing of how credentials come.
use std::collections::HashMap;
use std::env;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::error::DisplayErrorContext;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // snippet:start
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let s3 = aws_sdk_s3::Client::new(&config);
    let dynamo_db = aws_sdk_dynamodb::Client::new(&config);
    // snippet:end

    let bucket = env::var("TEST_BUCKET").expect("TEST_BUCKET");
    let table = env::var("TEST_TABLE").expect("TEST_TABLE");
    let arguments: Vec<String> = env::args().collect();
    let get = |tenant: &str| s3.get_object().bucket(&bucket).key(format!("{tenant}/hello.txt")).send();

    if arguments[1] == "repeat" {
        let count: u64 = arguments[2].parse().expect("COUNT");
        let pause: u64 = arguments[3].parse().expect("PAUSE_MS");
        for turn in 0..count {
            if turn > 0 {
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            report("s3 get", get("acme").await);
        }
        return;
    }
    let body = aws_sdk_s3::primitives::ByteStream::from_static(b"rust");
    report("s3 put", s3.put_object().bucket(&bucket).key("acme/clients.txt").body(body).send().await);
    report("s3 get", get("acme").await);
    report("s3 get other", get("globex").await);
    report("dynamodb put", dynamo_db.put_item().table_name(&table).set_item(Some(item("acme"))).send().await);
    report("dynamodb get", dynamo_db.get_item().table_name(&table).set_key(Some(item("acme"))).send().await);
    report("dynamodb get other", dynamo_db.get_item().table_name(&table).set_key(Some(item("globex"))).send().await);
}

fn item(tenant: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(tenant.to_owned())),
        ("sk".to_owned(), AttributeValue::S("clients".to_owned())),
    ])
}

fn report<T, E: std::error::Error>(name: &str, outcome: Result<T, E>) {
    match outcome {
        Ok(_) => println!("{name}\tok\t"),
        Err(error) => println!("{name}\trefused\t{}", DisplayErrorContext(error).to_string().replace('\n', " ")),
    }
}
