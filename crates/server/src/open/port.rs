//! Listening, and finding out who does so already.

use std::io::ErrorKind;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::OpenError;

/// Listens on an address.
pub(crate) async fn bind(listen: SocketAddr) -> Result<TcpListener, OpenError> {
    match TcpListener::bind(listen).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            Err(OpenError::PortTaken { listen: listen.to_string(), holder: holder(listen.port()) })
        }
        Err(error) => Err(OpenError::Listen { listen: listen.to_string(), reason: error.to_string() }),
    }
}

/// The program that listens on a port, as far as the operating system tells this user.
fn holder(port: u16) -> Option<String> {
    let sockets: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| std::fs::read_to_string(table).ok())
        .flat_map(|table| table.lines().filter_map(|line| listening_socket(line, port)).collect::<Vec<_>>())
        .collect();
    let mut entries = std::fs::read_dir("/proc").ok()?.flatten();
    entries.find_map(|entry| {
        let (process, pid) = (entry.path(), entry.file_name().to_str()?.parse::<u32>().ok()?);
        let open = std::fs::read_dir(process.join("fd")).ok()?.flatten();
        let links = open.filter_map(|entry| std::fs::read_link(entry.path()).ok());
        let mut names = links.map(|link| link.display().to_string());
        names.any(|name| sockets.contains(&name)).then_some(())?;
        let program = std::fs::read_to_string(process.join("comm")).ok()?;
        Some(format!("{} (process {pid})", program.trim()))
    })
}

/// The name that a socket has among a process's open files, if a line of the kernel's table is one listening there.
fn listening_socket(line: &str, port: u16) -> Option<String> {
    const LISTENING: &str = "0A";
    let mut words = line.split_whitespace();
    let (local, state) = (words.nth(1)?, words.nth(1)?);
    let inode = words.nth(5)?;
    let its_port = u16::from_str_radix(local.rsplit(':').next()?, 16).ok()?;
    (state == LISTENING && its_port == port).then(|| format!("socket:[{inode}]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_table_is_read() {
        let line =
            "   0: 0100007F:20F1 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0";
        assert_eq!(listening_socket(line, 8433).as_deref(), Some("socket:[4711]"));
        assert_eq!(listening_socket(line, 8434), None);
        assert_eq!(listening_socket(&line.replace(" 0A ", " 01 "), 8433), None);
        assert_eq!(listening_socket("  sl  local_address rem_address   st", 8433), None);
    }

    #[tokio::test]
    async fn a_taken_port_is_named_with_who_holds_it() {
        let first = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let taken = first.local_addr().unwrap();
        let error = bind(taken).await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("{taken} is taken")), "{error}");
        assert!(error.contains("--listen"), "{error}");
        if cfg!(target_os = "linux") {
            assert!(error.contains(&format!("(process {})", std::process::id())), "{error}");
        }
    }
}
