//! What a service manager is told (sd_notify(3)): datagrams to the socket that it named. Where none did, nothing.

use std::env;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The manager.
pub struct Manager {
    socket: Option<(UnixDatagram, SocketAddr)>,
    /// How often it wants to hear that all is well.
    pub watchdog: Option<Duration>,
}

impl Manager {
    /// The one that started this process, as the environment says.
    pub fn from_env() -> Manager {
        let number = |name: &str| env::var(name).ok()?.parse::<u64>().ok();
        let is_ours = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
        let watchdog = number("WATCHDOG_USEC").filter(|usec| is_ours && *usec > 0).map(Duration::from_micros);
        Manager { socket: socket(), watchdog }
    }

    /// Tells it: `READY=1`, `STATUS=...`, one a line. It must not wait for the manager.
    pub fn tell(&self, state: &str) {
        if let Some((socket, manager)) = &self.socket {
            let _ = socket.send_to_addr(state.as_bytes(), manager); // a manager that is gone needs no news
        }
    }
}

fn socket() -> Option<(UnixDatagram, SocketAddr)> {
    let path = env::var_os("NOTIFY_SOCKET").filter(|path| !path.is_empty())?;
    let manager = match path.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(&path),
    };
    let socket = UnixDatagram::unbound().ok()?;
    socket.set_nonblocking(true).ok()?;
    Some((socket, manager.ok()?))
}
