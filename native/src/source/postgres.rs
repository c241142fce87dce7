//! PostgreSQL as a source. Values come as text, in one writing whatever the server's settings.

use postgres::error::SqlState;
use postgres::{Client, Config, NoTls, SimpleQueryMessage};
use serde_json::Value;

use super::database::{Database, statement};
use super::map::TableMap;
use super::row::Cell;

/// Rows fetched at a time.
const FETCH: usize = 5_000;

/// A connection in a transaction that can only read.
pub(super) struct Postgres(Client);

impl Postgres {
    pub(super) fn open(url: &str) -> Result<Self, String> {
        let config: Config = url
            .parse()
            .map_err(|_| "the address is not like postgres://user@host/db".to_owned())?;
        if config.get_ssl_mode() == postgres::config::SslMode::Require {
            return Err(
                "TLS is not built in: connect through a local socket, a tunnel (ssh -L) or \
                        a proxy that speaks TLS, with sslmode=disable"
                    .to_owned(),
            );
        }
        let mut client = config.connect(NoTls).map_err(|e| words(&e))?;
        client
            .batch_execute(
                "SET datestyle = 'ISO'; SET timezone = 'UTC'; SET intervalstyle = 'iso_8601';
                 BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            )
            .map_err(|e| words(&e))?;
        Ok(Self(client))
    }
}

impl Database for Postgres {
    fn columns(&mut self, query: &str) -> Result<Vec<String>, String> {
        let statement = self.0.prepare(query).map_err(|e| words(&e))?;
        Ok(statement.columns().iter().map(|column| column.name().to_owned()).collect())
    }

    fn rows(
        &mut self,
        map: &TableMap,
        from: Option<&Value>,
        visit: &mut dyn FnMut(&[Cell]) -> bool,
    ) -> Result<(), String> {
        // An untyped literal takes the type of the column it is compared with.
        let from = from.and_then(Value::as_str).map(literal);
        let sql = statement(map, from.as_deref());
        let open = format!("DECLARE mapped_rows NO SCROLL CURSOR FOR {sql}");
        self.0.batch_execute(&open).map_err(|e| words(&e))?;
        let fetch = format!("FETCH {FETCH} FROM mapped_rows");
        let mut cells = Vec::new();
        loop {
            let mut rows = 0;
            for message in self.0.simple_query(&fetch).map_err(|e| words(&e))? {
                let SimpleQueryMessage::Row(row) = message else { continue };
                rows += 1;
                cells.clear();
                cells.extend((0..row.len()).map(|column| {
                    row.get(column).map_or(Cell::Null, |text| Cell::Text(text.to_owned()))
                }));
                if !visit(&cells) {
                    return Ok(());
                }
            }
            if rows < FETCH {
                break;
            }
        }
        self.0.batch_execute("CLOSE mapped_rows").map_err(|e| words(&e))
    }
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The server's words where they cannot hold values of the data: about the connection, the login
/// and the names in a statement; else its code alone.
fn words(error: &postgres::Error) -> String {
    let Some(server) = error.as_db_error() else { return chain(error) };
    let code = server.code();
    let safe =
        ["08", "28", "3D", "42", "53", "57"].iter().any(|class| code.code().starts_with(class))
            && *code != SqlState::INVALID_TEXT_REPRESENTATION;
    if safe {
        format!("{} ({})", server.message(), code.code())
    } else {
        format!("the server refused with code {}", code.code())
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}
