//! Which of a host's addresses answers first (RFC 8305).

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::net::TcpStream;

/// How long an attempt may stay alone before the next one joins it (RFC 8305 section 5).
const STEP: Duration = Duration::from_millis(250);

/// The addresses in the order to try them: families take turns, beginning with the one the system prefers.
pub(super) fn interleaved(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let Some(first) = addresses.first().copied() else { return addresses };
    let total = addresses.len();
    let (preferred, other): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first.is_ipv6());
    let (mut preferred, mut other) = (preferred.into_iter(), other.into_iter());
    let mut ordered = Vec::with_capacity(total);
    while ordered.len() < total {
        ordered.extend(preferred.next());
        ordered.extend(other.next());
    }
    let mut seen = std::collections::HashSet::new();
    ordered.retain(|address| seen.insert(*address));
    ordered
}

/// The first connection to come about; the others are dropped. With none, the error that says most.
pub(super) async fn connect_first(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    first_of(addresses, STEP, TcpStream::connect).await
}

/// Starts one attempt per `step`, and the next at once when no attempt is left running.
async fn first_of<T, F: Future<Output = io::Result<T>>>(
    addresses: Vec<SocketAddr>,
    step: Duration,
    attempt: impl Fn(SocketAddr) -> F,
) -> io::Result<T> {
    let mut waiting = addresses.into_iter();
    let mut running = FuturesUnordered::new();
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        let next = waiting.next();
        let more = next.is_some();
        running.extend(next.map(&attempt));
        if running.is_empty() {
            return Err(failure);
        }
        let pause = tokio::time::sleep(step);
        tokio::pin!(pause);
        loop {
            tokio::select! {
                biased;
                Some(outcome) = running.next() => match outcome {
                    Ok(connection) => return Ok(connection),
                    // A refusal frees the next address from waiting its turn.
                    Err(error) => {
                        if says(&error) >= says(&failure) {
                            failure = error;
                        }
                        if more || running.is_empty() { break }
                    }
                },
                () = &mut pause, if more => break,
            }
        }
    }
}

/// How much an error tells of where one wanted to go: a host that answered says more than that there is no way to another.
fn says(error: &io::Error) -> u8 {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => 3,
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => 1,
        io::ErrorKind::AddrNotAvailable => 0,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn families_take_turns_and_repeats_go() {
        let given = addresses(&["[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8::1]:1", "192.0.2.1:1"]);
        let wanted = addresses(&["[2001:db8::1]:1", "192.0.2.1:1", "[2001:db8::2]:1"]);
        assert_eq!(interleaved(given), wanted);
    }

    #[test]
    fn a_silent_address_delays_by_one_step_only() {
        let given = addresses(&["[2001:db8::1]:1", "192.0.2.1:1"]);
        let start = Instant::now();
        let winner = run(first_of(given, STEP, |address| async move {
            if address.is_ipv6() {
                std::future::pending::<()>().await;
            }
            Ok(address)
        }));
        assert!(winner.unwrap().is_ipv4());
        assert!(start.elapsed() >= STEP, "the preferred address had no head start");
        assert!(start.elapsed() < STEP * 4, "{:?}", start.elapsed());
    }

    #[test]
    fn who_answered_says_more_than_that_there_is_no_way_to_another() {
        let given = addresses(&["[2001:db8::1]:1", "192.0.2.1:1", "[2001:db8::2]:1"]);
        let failure = run(first_of(given, STEP, |address| async move {
            let kind = if address.is_ipv6() {
                io::ErrorKind::NetworkUnreachable
            } else {
                io::ErrorKind::ConnectionRefused
            };
            Err::<(), _>(io::Error::from(kind))
        }));
        assert_eq!(failure.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }

    #[test]
    fn a_slow_address_still_wins_when_the_later_ones_fail() {
        let given = addresses(&["[2001:db8::1]:1", "192.0.2.1:1", "192.0.2.2:1"]);
        let winner = run(first_of(given, Duration::from_millis(10), |address| async move {
            if address.is_ipv4() {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            Ok(address)
        }));
        assert!(winner.unwrap().is_ipv6());
    }

    #[test]
    fn a_dead_port_does_not_keep_the_living_one_waiting() {
        run(async {
            let living = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let start = Instant::now();
            let given = vec!["[::1]:1".parse().unwrap(), living.local_addr().unwrap()];
            let winner = connect_first(interleaved(given)).await.unwrap();
            assert_eq!(winner.peer_addr().unwrap(), living.local_addr().unwrap());
            assert!(start.elapsed() < STEP * 4, "{:?}", start.elapsed());
        });
    }

    #[test]
    fn when_all_fail_the_last_failure_is_told_and_nothing_hangs() {
        let given = addresses(&["127.0.0.1:1", "[::1]:1"]);
        let start = Instant::now();
        assert!(run(connect_first(given)).is_err());
        assert!(start.elapsed() < STEP * 4);
        assert!(run(connect_first(Vec::new())).is_err());
    }
}
