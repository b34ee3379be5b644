#pragma once

#include <chrono>
#include <cstddef>

/// Every limit of the HTTP room, with its unit and its reason.
namespace keyaki::server::http::limits {

using namespace std::chrono_literals;

/// Request line and fields together: what nginx and Apache allow by default is 8 KB; cookies of a shared domain may need more.
inline constexpr std::size_t head_bytes = std::size_t{16} * 1024;
/// Fields in one head: browsers send about 20; past it 431.
inline constexpr std::size_t header_count = 100;
/// RFC 9112, 3 asks for at least 8000 octets.
inline constexpr std::size_t target_bytes = std::size_t{8} * 1024;
/// A body when the route says nothing else: a check-in or a feature is a few KB.
inline constexpr std::size_t default_body_bytes = std::size_t{1024} * 1024;
/// A chunk header or the trailers of a chunked body, not counting data: extensions have no use here.
inline constexpr std::size_t chunk_overhead_bytes = std::size_t{16} * 1024;
/// Input that waits behind a request in work (pipelining). Beyond it the connection ends after the answers that are due.
inline constexpr std::size_t pipelined_bytes = std::size_t{256} * 1024;
/// Answers in a row on one connection before its event thread serves others.
inline constexpr std::size_t pipelined_inline_answers = 32;
/// All bodies and waiting input of all connections together: a city's server has 2 GB or more.
inline constexpr std::size_t buffered_input_bytes = std::size_t{512} * 1024 * 1024;
/// Bodies that go to files at one time: with the largest body of a route that has them, 256 MiB, 2 GiB of the disk.
inline constexpr std::size_t spooled_bodies = 8;
/// What of a body may come before its sender has been let in, which takes milliseconds: clients do not all wait for "100 Continue".
inline constexpr std::size_t unadmitted_bytes = std::size_t{32} * 1024 * 1024;
/// Each time that so much of a body has come to a file its deadline begins anew: 256 MiB over a slow line take longer than one.
inline constexpr std::size_t spool_progress_bytes = std::size_t{1024} * 1024;
/// Answers made for one reader each that wait for their readers, all connections together. Past it those who have been reading for the longest are
/// cut: a crowd that hardly reads would else fill the memory with its answers, and who reads at a phone's speed is done in seconds.
inline constexpr std::size_t unsent_answer_bytes = std::size_t{512} * 1024 * 1024;
/// Bytes that wait for the reader of a stream; one event is under 1 KB.
inline constexpr std::size_t stream_queue_bytes = std::size_t{256} * 1024;
/// A piece of a body that is made while it is read: some 300 features. What is shorter has a length and is sent at once.
inline constexpr std::size_t piece_bytes = std::size_t{128} * 1024;
/// Of such a body, for a reader who keeps up, before other work has its turn: a millisecond's worth.
inline constexpr std::size_t bytes_a_turn = std::size_t{1024} * 1024;

/// From the first byte of a head to its end; a phone on a bad network needs a second or two.
inline constexpr std::chrono::milliseconds head_deadline = 10s;
/// From the head to the end of the body: 64 MB at 5 Mbit/s.
inline constexpr std::chrono::milliseconds body_deadline = 120s;
/// From the first byte of an answer to the last that the kernel took: 2 MB at 0.5 Mbit/s.
inline constexpr std::chrono::milliseconds write_deadline = 60s;
/// Keep-alive: longer than Caddy's and nginx's own upstream idle time would close under their requests, so the proxy closes first.
inline constexpr std::chrono::milliseconds idle_deadline = 75s;
/// After a last answer the client's unread bytes are read away, so that no reset eats the answer (RFC 9112, 9.6).
inline constexpr std::chrono::milliseconds linger_deadline = 2s;

/// Connections at once; the server lowers it so that descriptors_kept_free remain below RLIMIT_NOFILE (each connection holds two descriptors).
inline constexpr std::size_t connections = 8192;
inline constexpr std::size_t descriptors_kept_free = 256;
/// Descriptors held back for turning clients away when no other is left: as many as may come between two looks of the event threads.
inline constexpr std::size_t descriptors_in_reserve = 16;
/// listen(2)'s queue: a festival's phones connect in bursts.
inline constexpr int listen_backlog = 1024;

/// Cores for each event thread. One thread answers some 80,000 cached tiles a second; with as many as there are cores they only take turns with the
/// clients and the proxy on the same machine, and whoever waits for a thread that is off its core waits for milliseconds (measured on two cores).
inline constexpr std::size_t cores_per_event_thread = 2;
/// Most of them wait for the disk: as many check-ins as have a thread are made durable by one fsync (measured with 256 in flight on two cores:
/// 4 threads 4,000 a second, 32 threads 9,600).
inline constexpr std::size_t pool_threads = 32;
/// Tiles and pages that wait for a pool thread; a tile takes milliseconds, and who waits longer than seconds has scrolled on.
inline constexpr std::size_t sheddable_queue = 512;
/// Check-ins and edits that wait: shed last.
inline constexpr std::size_t essential_queue = 2048;
/// What Retry-After says when a queue is full.
inline constexpr std::chrono::seconds retry_after = 1s;

/// Below this a body gains nothing from gzip: it fits one packet anyway.
inline constexpr std::size_t compression_floor_bytes = 1024;
/// Above this a body is sent as it is: compressing it would hold a thread for longer than 100 ms.
inline constexpr std::size_t compression_ceiling_bytes = std::size_t{8} * 1024 * 1024;
/// What a gzip body may unpack to for a client that refuses gzip.
inline constexpr std::size_t unpacked_bytes = std::size_t{64} * 1024 * 1024;

} // namespace keyaki::server::http::limits
