#pragma once

#include <cstddef>
#include <cstdint>

/// The limits of rallies and of what members send. Each with its unit and its reason.
namespace keyaki::server::rally {

/// Questions of a pool, and riddles of a tour: a pool of fifty is asked for years, a tour of fifty spots takes days.
inline constexpr std::size_t max_questions = 1'000;
/// Bytes of a question or riddle: a few sentences on a phone.
inline constexpr std::size_t max_question_bytes = 2'000;
/// Ways to write one answer, and bytes of each: a name, its readings, and what people call it.
inline constexpr std::size_t max_answers = 20;
inline constexpr std::size_t max_answer_bytes = 200;
/// Courses of a rally, and spots of one: a city has tens, a day's walk passes tens.
inline constexpr std::size_t max_courses = 200;
inline constexpr std::size_t max_course_spots = 100;
/// Bytes of the filter that says which features are spots: some conditions.
inline constexpr std::size_t max_spot_filter_bytes = 2'000;

/// Check-ins of which bundles and devices are known again after a start: ten thousand a day for ten days; 0.3 s to read.
inline constexpr std::size_t max_remembered_bundles = 100'000;
/// Hashes of bundles in memory, up to five each: 60 bytes.
inline constexpr std::size_t max_remembered_bundle_hashes = 500'000;
/// Members, devices or stays in memory: several times those who walk in a city within a week; 300 bytes each.
inline constexpr std::size_t max_remembered_members = 500'000;
/// Members of one device and devices of one member: past the tens both are out of the question, and a school's tablet has hundreds.
inline constexpr std::size_t max_remembered_members_per_device = 100;
/// The newest stamps of a spot that are looked at for members who go in step: a crowd shows in a dozen, and a festival stamps hundreds a second.
inline constexpr std::size_t max_remembered_spot_stamps = 64;
/// Spots that a member stamped last, in memory: more than rules ask for.
inline constexpr std::size_t max_remembered_trail = 8;
/// Spots of one offline ticket, and tickets of a member in a rally a day: the shelters of a district, and a walk past ten of them.
inline constexpr std::size_t max_ticket_spots = 10;
inline constexpr std::int64_t max_tickets_per_day = 10;
/// What a device counts its check-ins up to: whole numbers of JSON are exact so far.
inline constexpr std::int64_t max_device_counter = 9'007'199'254'740'991;
/// Fixes of a track: four hours at one a second.
inline constexpr std::size_t max_track_fixes = 15'000;
/// Bytes of a track's body: 100 for each fix.
inline constexpr std::size_t max_track_bytes = std::size_t{2} * 1024 * 1024;
/// Tickets of one draw: several for each inhabitant of a city.
inline constexpr std::size_t max_draw_tickets = 1'000'000;
/// Steps that a report may claim for a day: nobody walks a hundred kilometres daily.
inline constexpr std::int64_t max_reported_steps = 200'000;
/// Reviews or check-ins that one answer lists.
inline constexpr std::size_t max_listed = 500;

} // namespace keyaki::server::rally
