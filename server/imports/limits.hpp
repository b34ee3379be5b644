#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// The limits of imports into the city's layers, each with its unit and its reason (those of reading a file: importers/limits.hpp).
namespace keyaki::server::imports {

using namespace std::chrono_literals;

/// Published features that an import is compared with one by one, in memory (about 200 bytes each). A layer with more is replaced by ids alone.
inline constexpr std::uint64_t max_compared_features = 500'000;
/// Rows that wait for the end of the file because their name is that of a published feature, and their bytes: they are held in memory.
inline constexpr std::size_t max_waiting_rows = 200'000;
inline constexpr std::size_t max_waiting_bytes = std::size_t{256} << 20U;
/// Refused rows of a list that replaces a layer, and bytes of their ids and names: they are held in memory to find the features that they name.
inline constexpr std::size_t max_lost_rows = 200'000;
inline constexpr std::size_t max_lost_bytes = std::size_t{64} << 20U;
/// Distances looked at among the rows and features of one name: two hundred of each. Past it the name tells nothing apart.
inline constexpr std::size_t max_pairs_of_one_name = 40'000;
/// Features that edits of a draft hold while the file is read: what people do by hand.
inline constexpr std::size_t max_draft_edits = 100'000;
/// Entries of each list of the report (moved, removed, kept, in conflict, new by ambiguity); all are counted.
inline constexpr std::size_t max_listed = 1000;
/// Metres within which an equal name is the same place: the length of a school's grounds.
inline constexpr double default_match_radius_m = 200;
inline constexpr double max_match_radius_m = 100'000;
/// Metres: less than this is the same place written with other decimals.
inline constexpr double moved_floor_m = 0.5;
/// Metres: a feature that moves farther than this is doubted.
inline constexpr double far_move_m = 500;
/// Degrees around a layer's published box that still count as its surroundings, some 2 km, where no boundary is known.
inline constexpr double surroundings_deg = 0.02;
/// Names remembered for finding the same one twice.
inline constexpr std::size_t max_remembered_names = 1'000'000;

/// Bytes of an uploaded file: a city's cadastre as a zipped Shapefile has some 100 MB.
inline constexpr std::size_t max_upload_bytes = std::size_t{256} << 20U;
/// Of a form: what stands before the first part (mail programs write a sentence), blanks behind a delimiter, a part's head, parts, and a field that
/// is no file.
inline constexpr std::size_t max_form_preamble_bytes = 1024;
inline constexpr std::size_t max_form_padding_bytes = 256;
inline constexpr std::size_t max_form_head_bytes = std::size_t{8} * 1024;
inline constexpr std::size_t max_form_parts = 32;
inline constexpr std::size_t max_form_field_bytes = std::size_t{4} * 1024;
/// Bytes of an uploaded file's name as it is kept: file systems take 255, and what names it in sentences should be short.
inline constexpr std::size_t max_file_name_bytes = 150;
/// Bytes of the message that says why.
inline constexpr std::size_t max_message_bytes = 1000;

/// Imports that run at one time: each has a child of up to 3 GiB and a core.
inline constexpr std::size_t running_jobs = 2;
/// Imports that wait for those.
inline constexpr std::size_t waiting_jobs = 8;
/// How long a job and its report can be asked for when it has ended, and how many of them: a report takes up to 5 MB.
inline constexpr std::chrono::minutes job_kept_for{60};
inline constexpr std::size_t kept_jobs = 32;
/// How long a request waits for its import before it is told where to ask, and how many requests may wait so: they hold a thread of the pool each.
inline constexpr std::chrono::milliseconds request_patience{1500};
inline constexpr std::size_t waiting_requests = 2;
/// How long a cancelled import is waited for: its child is killed at once, taking the draft's pieces away may wait for the writer.
inline constexpr std::chrono::milliseconds cancel_patience{5000};

} // namespace keyaki::server::imports
