#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// The limits of the server's own rooms (server/http/limits.hpp has those of HTTP). Each with its unit and its reason.
namespace keyaki::server {

/// Levels of nesting in a JSON document from outside: no body of ours needs more than six; copying recurses.
inline constexpr int max_json_depth = 32;

/// Bytes of a check-in's body: five fixes and evidence take under 2 KB.
inline constexpr std::size_t max_check_in_body_bytes = std::size_t{16} * 1024;

/// Bytes of a rally's configuration: hundreds of courses and questions fit.
inline constexpr std::size_t max_rally_bytes = std::size_t{1024} * 1024;

/// Bytes of a title or a value of a list in a layer's schema: a line on a phone.
inline constexpr std::size_t max_title_bytes = 200;

/// Values of one property that is a choice: the longest of the municipal standard tables has under 100.
inline constexpr std::size_t max_choices = 500;

/// Bytes of a layer's description: 256 properties with titles and choices fit.
inline constexpr std::size_t max_layer_bytes = std::size_t{1024} * 1024;

/// Bytes of one feature in a request: geo::max_positions_per_geometry of seven decimals each, and its properties.
inline constexpr std::size_t max_feature_body_bytes = std::size_t{32} * 1024 * 1024;

/// Places at which a geometry in a request crosses itself and is still repaired: a slip of the hand makes some, a thousand take a second.
inline constexpr std::size_t max_repaired_crossings = 1'000;

/// Bytes of a feature's id that comes from outside: it stands in addresses, and with its layer in the ids of awards.
inline constexpr std::size_t max_given_id_bytes = 200;

/// Versions of a feature in which the one is looked for that a refused edit was made against.
inline constexpr std::size_t max_compared_versions = 50;

/// Bytes of a geometry that a refusal shows; of a larger one it shows type and box.
inline constexpr std::size_t max_shown_geometry_bytes = std::size_t{64} * 1024;

/// Values of a property that totals are grouped by: kinds and districts are tens; past it the property names features.
inline constexpr std::size_t max_summary_groups = 1'000;
/// Bytes of all these values together, as JSON: names of kinds and districts; past it the property holds texts, not names.
inline constexpr std::size_t max_summary_group_bytes = std::size_t{64} * 1024;

/// Answers with totals in memory: a page of a city asks for tens of them, each at most 200 KB.
inline constexpr std::size_t max_kept_summaries = 64;

/// Positions in one question for fences: each takes microseconds, the vaguest over a large layer 0.2 ms.
inline constexpr std::size_t max_asked_positions = 100;

/// Bytes of such a question: a position takes under 100.
inline constexpr std::size_t max_fence_question_bytes = std::size_t{32} * 1024;

/// Bytes of a question that the event thread answers itself when the layer's fences stand: a handful of positions.
inline constexpr std::size_t quick_fence_question_bytes = 512;

/// Fences in one answer, of all positions together: 600 KB. A position in more of them is in a layer that was not made for this.
inline constexpr std::size_t max_answered_fences = 10'000;

/// Metres: a position vaguer than this says nothing of a fence; approximate-location permission shows as some kilometres.
inline constexpr double max_asked_accuracy_m = 10'000;

/// Milliseconds that a question waits for a layer's fences while another one works them out (seconds for 100,000), before it is told to come back.
inline constexpr std::chrono::milliseconds fences_patience{500};

/// Fixes in one check-in: the rule looks at five at most (checkin.md, section 2, step 3); what is more is a client's mistake.
inline constexpr std::size_t max_fixes = 5;

/// Bytes of an Idempotency-Key: a UUID takes 36.
inline constexpr std::size_t max_idempotency_key_bytes = 200;

/// Features on one page of items: QGIS and GDAL ask for 1,000 at a time; more than 10,000 makes one answer hold a worker too long.
inline constexpr std::int64_t max_page_features = 10'000;
inline constexpr std::int64_t default_page_features = 100;
/// Bytes of such a page: features with long lines and areas fill it sooner, and the rest comes on the next page. One feature fits always.
inline constexpr std::size_t max_page_bytes = std::size_t{32} * 1024 * 1024;

/// Entries on one page of an account's transfers.
inline constexpr std::int64_t max_page_transfers = 1'000;
/// Bytes of a name in a transfer: what the ledger takes as an id, an account, a code or a reference.
inline constexpr std::size_t max_ledger_name_bytes = 200;
/// Bytes of a request that moves points: five such names, escaped.
inline constexpr std::size_t max_ledger_body_bytes = std::size_t{16} * 1024;
/// Seconds that a pending transfer may wait at most, a year; 0 waits for ever.
inline constexpr std::int64_t max_pending_timeout_s = std::int64_t{366} * 86'400;
/// Days of one statement: a year, as books are kept.
inline constexpr std::int64_t max_statement_days = 366;

/// Between two looks whether a pending transfer's time or a lot of points is over, and what is ended at a time, in one transaction of some
/// milliseconds. Nobody waits for it: who spends or posts sees what is over at once.
inline constexpr std::chrono::milliseconds ledger_care_interval{1'000};
inline constexpr std::size_t ledger_care_pieces = 100;

/// Figures about fewer people than this are not shown to anybody (k-anonymity; checkin.md, section 6), and none before it is so old: who stands
/// beside a spot must not see its figure change by one.
inline constexpr std::int64_t statistics_members_min = 10;
inline constexpr std::chrono::hours statistics_delay{1};
/// In a month that is not over, counts and points are rounded down to multiples of these, so that two looks differ by more than one person did.
inline constexpr std::int64_t statistics_count_step = statistics_members_min;
inline constexpr std::int64_t statistics_points_step = 100;
/// Stamps of one member that lie further apart are of two outings; whoever stays an hour between two spots may have been at home.
inline constexpr std::chrono::hours outing_gap{1};

/// How long what is known of people is kept (checkin.md, section 6). What a check-in was decided by, and what is like it: half a year for complaints.
inline constexpr std::chrono::hours evidence_kept{24 * 180};
/// Answers that a repeated request gets again: a phone tries for a day at most, and later its fixes are too old for another verdict.
inline constexpr std::chrono::hours answers_kept{24 * 30};
/// Tries and stamps of a day, which matter on that day.
inline constexpr std::chrono::hours daily_counts_kept{24 * 7};
/// How often somebody looks for what is over, and rows of each kind that go at a time, in one transaction of some milliseconds.
inline constexpr std::chrono::minutes retention_interval{10};
inline constexpr std::size_t retention_pieces = 200;
/// Where nobody was erased, the database file is still written anew after so long: what was kept for long enough leaves its gaps with it. Not each
/// night, for who writes waits meanwhile.
inline constexpr std::chrono::hours scrub_interval{24 * 7};

/// How often what is remembered in memory alone is looked through: a position goes at most so long after its half hour.
inline constexpr std::chrono::seconds forgetting_interval{20};

/// Tiles that one command writes as files: a region of Japan to z14; past it a file system suffers, and an archive is the better form.
inline constexpr std::size_t max_tile_files = 5'000'000;

/// Tiles of an archive that are finished while one before them is still drawn: z0 of a region takes as long as some hundred of z14.
inline constexpr std::size_t waiting_tiles_max = 4'096;
inline constexpr std::size_t waiting_tiles_bytes = std::size_t{64} << 20;

/// What an operator may set at most. Of finished tiles in memory, in MiB: more than any city's map has.
inline constexpr std::size_t max_tile_cache_mib = 65'536;
/// Of threads that answer: each takes 2 MB with its connection, and past a few per core they only take turns.
inline constexpr std::size_t max_pool_threads = 256;
/// Of connections at once: a process has no more ports from one proxy anyway.
inline constexpr std::size_t max_connections = 65'535;

/// Between two looks whether an archive was replaced; a new file is opened when it is the same at two of them.
inline constexpr std::chrono::milliseconds archive_poll_interval{1'000};
/// Archives that are served: a base map, some of aerial photographs' outlines, history; each has its file open.
inline constexpr std::size_t max_archives = 32;

/// Milliseconds between two looks whether another process has committed: an edit is to be on every phone within a second.
inline constexpr std::chrono::milliseconds change_poll_interval{50};

/// Bytes of log lines that wait for a slow reader: ten seconds of a busy server's requests.
inline constexpr std::size_t log_waiting_bytes = std::size_t{4} * 1024 * 1024;
/// Milliseconds in which lines of requests gather before they are written together.
inline constexpr std::chrono::milliseconds log_gather_time{100};
/// Milliseconds that a reader of the log gets at the end to take what still waits.
inline constexpr std::chrono::milliseconds log_farewell{2000};

/// Seconds that requests in flight get to finish after SIGTERM: less than systemd's 90 and a proxy's 60.
inline constexpr std::chrono::seconds drain_time{20};

/// Names of tilesets that a state of the city has been asked for, kept with what they mean: the page asks for one, a city's other maps for a few
/// more; each takes about 2 KB.
inline constexpr std::size_t max_known_tile_sets = 256;

/// Features that are handed at once from who reads them to who keeps them: some 300 KB, so that two threads meet a thousand times for a million.
inline constexpr std::size_t features_per_batch = 1'024;
/// Batches that wait to be kept: enough for the one who keeps to fall behind for a moment while his tables grow.
inline constexpr std::size_t max_waiting_batches = 16;

/// Older revisions of layers kept in memory for `layer@7`: maps that were open when all of a city's layers were published anew go on asking for the
/// revisions they know. They share their parts with the newest; what is not here is read from the database, and the one unused longest makes room.
inline constexpr std::size_t max_old_snapshots = 64;

/// Bytes of those older revisions together: any stranger may ask for any revision of a public layer, and a layer of a million features takes 300 MB.
inline constexpr std::size_t max_old_snapshot_bytes = std::size_t{1024} * 1024 * 1024;

/// Drafts, and what they change, kept in memory for the staff who look at them: a few at a time; each shares its parts with what is published.
inline constexpr std::size_t max_draft_snapshots = 8;
/// Bytes of those together, the shared parts counted too: three drafts of a million features.
inline constexpr std::size_t max_draft_snapshot_bytes = std::size_t{1024} * 1024 * 1024;
/// Times that a draft is read anew because it has changed while it was read: an import commits once, an editor's next change takes seconds.
inline constexpr int max_draft_attempts = 5;

/// Changes on one page of a draft's or a revision's, and what a page has unless it is asked for another number.
inline constexpr std::int64_t max_page_changes = 1'000;
inline constexpr std::int64_t default_page_changes = 100;
/// Bytes of such a page, which ends before its limit rather than go far beyond: a coastline has megabytes, and stands there twice.
inline constexpr std::size_t max_page_changes_bytes = std::size_t{8} * 1024 * 1024;

/// Bytes of the message of a revision: some sentences on why.
inline constexpr std::size_t max_message_bytes = 2'000;
/// Bytes of the request that publishes: the message, escaped, and two fields.
inline constexpr std::size_t max_publish_body_bytes = std::size_t{16} * 1024;

/// Those who listen at /events at a time, each a connection and a few KB: the open maps of a city at midday. Whoever finds no room asks every half
/// minute instead.
inline constexpr std::size_t max_event_listeners = 1'000;
/// Seconds between two signs of life: proxies end what is silent for a minute, and who has gone is noticed by the second.
inline constexpr std::chrono::seconds event_heartbeat{15};
/// Milliseconds after which a listener that was cut off comes back.
inline constexpr std::chrono::milliseconds event_retry{3000};
/// Events kept for those who come back after a tunnel or a restart of their proxy, and bytes of them together.
inline constexpr std::size_t max_kept_events = 256;
inline constexpr std::size_t max_kept_event_bytes = std::size_t{4} * 1024 * 1024;
/// Tiles and bytes of an archive and the one before it that are compared to tell which tiles differ: a city's base map has some thousand tiles in a
/// few MB, and Tokyo's is read in a second or two.
inline constexpr std::size_t max_compared_archive_tiles = 400'000;
inline constexpr std::size_t max_compared_archive_bytes = std::size_t{512} << 20U;
/// Tiles of it that are told one by one: the event has some 15 bytes for each, and each open map remembers them.
inline constexpr std::size_t max_told_archive_tiles = 20'000;
/// Publishes that wait for their changed tiles to be found, each holding the snapshot before it; what comes on top is told without.
inline constexpr std::size_t max_waiting_publications = 16;
/// Features that a publish has changed, past which it is not found out which tiles did: nearly all, and their ids alone take megabytes.
inline constexpr std::size_t max_announced_changes = 50'000;

} // namespace keyaki::server
