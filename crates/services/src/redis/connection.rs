//! A Redis client of one command: what this crate itself has to say to a server.

use crate::error::{ServiceError, Trying};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Sends commands over a server's own socket file, whatever is asked of its TCP clients (TLS, passwords), and returns the
/// last answer as text: the elements of a list on lines of their own, nothing as the empty text.
pub(crate) fn ask(socket: &Path, limit: Duration, commands: &[&[&str]]) -> Result<String, ServiceError> {
    let trying = || format!("asking Redis at {}", socket.display());
    let stream = UnixStream::connect(socket).trying(trying())?;
    stream.set_read_timeout(Some(limit)).trying(trying())?;
    stream.set_write_timeout(Some(limit)).trying(trying())?;
    let mut request = Vec::new();
    for command in commands {
        encode(command, &mut request);
    }
    (&stream).write_all(&request).trying(trying())?;
    let mut reader = BufReader::new(stream);
    let mut last = String::new();
    for _ in commands {
        last = read_reply(&mut reader).map_err(|error| match error {
            ReplyError::Refused(words) => ServiceError::Refused(words),
            ReplyError::Io(source) => ServiceError::Io { what: trying(), source },
        })?;
    }
    Ok(last)
}

enum ReplyError {
    Refused(String),
    Io(std::io::Error),
}

impl From<std::io::Error> for ReplyError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

fn encode(command: &[&str], request: &mut Vec<u8>) {
    request.extend_from_slice(format!("*{}\r\n", command.len()).as_bytes());
    for word in command {
        request.extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
    }
}

fn read_reply(reader: &mut impl BufRead) -> Result<String, ReplyError> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
    }
    let line = line.trim_end();
    let (kind, rest) = line.split_at_checked(1).unwrap_or_default();
    match kind {
        "+" | ":" => Ok(rest.to_owned()),
        "-" => Err(ReplyError::Refused(rest.to_owned())),
        "$" => read_text(reader, rest),
        "*" => read_list(reader, rest),
        _ => Err(strange(line)),
    }
}

fn read_text(reader: &mut impl BufRead, length: &str) -> Result<String, ReplyError> {
    // A negative length stands for nothing.
    let Ok(length) = length.parse::<usize>() else { return Ok(String::new()) };
    let mut text = vec![0; length + 2];
    reader.read_exact(&mut text)?;
    text.truncate(length);
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn read_list(reader: &mut impl BufRead, length: &str) -> Result<String, ReplyError> {
    let length = length.parse::<usize>().unwrap_or(0);
    let mut elements = Vec::new();
    let mut refused = None;
    for _ in 0..length {
        match read_reply(reader) {
            Ok(element) => elements.push(element),
            // The rest has to be read all the same.
            Err(ReplyError::Refused(words)) => refused = Some(words),
            Err(error @ ReplyError::Io(_)) => return Err(error),
        }
    }
    refused.map_or_else(|| Ok(elements.join("\n")), |words| Err(ReplyError::Refused(words)))
}

fn strange(line: &str) -> ReplyError {
    ReplyError::Io(std::io::Error::new(std::io::ErrorKind::InvalidData, format!("not an answer of Redis: {line}")))
}
