//! An endpoint that takes every batch of SQS and every write of DynamoDB at once, so that what is measured is the client.

use std::io::{BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use anyhow::Context;
use serde_json::{Value, json};

use crate::runtime_api::read_request;

/// Listens on a free port of the loopback interface, and answers until the process ends.
pub(crate) fn start() -> anyhow::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port for the endpoint")?;
    let address = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            // A client that goes away is the end of a measurement.
            std::thread::spawn(move || answer(&connection).ok());
        }
    });
    Ok(address)
}

fn answer(mut connection: &TcpStream) -> anyhow::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection);
    while let Some((_, body)) = read_request(&mut reader)? {
        let answer = answer_to(&serde_json::from_slice(&body)?).to_string();
        write!(
            connection,
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        )?;
    }
    Ok(())
}

fn answer_to(request: &Value) -> Value {
    let Some(entries) = request["Entries"].as_array() else {
        return json!({"Attributes": {"fence": {"N": "1"}}});
    };
    let sent = |entry: &Value| {
        json!({"Id": entry["Id"], "MessageId": "5fea7756-0ea4-451a-a703-a558b933e274",
            "MD5OfMessageBody": "fafb00f5732ab283681e124bf8747ed1"})
    };
    json!({ "Successful": entries.iter().map(sent).collect::<Vec<_>>() })
}
