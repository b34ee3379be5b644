#pragma once

#include "data/store.hpp"
#include "geo/track.hpp"
#include "server/flows/rallies.hpp"
#include "server/flows/spot_sets.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// What members and staff do in a rally beside checking in. Each is one transaction.
namespace keyaki::server {

/// The body of a track: {"platform": …, "fixes": [[lon, lat, accuracy_m, milliseconds since 1970], …]}. Only fixes of the run's own time count: from
/// its first stamp (and the half minute that its fixes may be older) to now. The track is judged and forgotten: what is kept is how much of the
/// course it covers. Throws FieldErrors for a wrong body, Error not_found for a run that is not the member's, conflict for one that is over or needs
/// no track.
struct TrackAnswer {
    geo::TrackCoverage coverage;
    geo::TrackVerdict verdict = geo::TrackVerdict::fail;
    std::size_t fixes_outside_run = 0; ///< left out, as of another time
};
[[nodiscard]] TrackAnswer send_track(data::Store &store, SpotSets &spots, const VersionedRally &rally, std::string_view run, std::string_view body,
                                     std::int64_t now_us);

/// A report of steps, decided and paid; the answer as JSON. Throws FieldErrors for a wrong body, Error conflict for a rally that is not of steps or
/// not open.
[[nodiscard]] std::string report_steps(data::Store &store, const VersionedRally &rally, std::string_view body, std::int64_t now_us);

/// The secret of a rally's codes; made where there is none yet.
[[nodiscard]] std::string secret_of_spot(data::Store &store, std::string_view rally, std::string_view spot);

/// Closes the draw of a rally that is over: no tickets come any more. The published document, as JSON. Error conflict where it is closed already,
/// not_found where nobody has a ticket.
[[nodiscard]] std::string close_draw(data::Store &store, const VersionedRally &rally, std::size_t winners, std::string_view seed_announced,
                                     std::string_view author, std::int64_t now_us);
/// Draws with the seed that came since. Error conflict where the draw is not closed or was drawn.
[[nodiscard]] std::string draw(data::Store &store, std::string_view rally, std::string_view seed, std::string_view author, std::int64_t now_us);
/// The published document of a rally's draw; Error not_found where none is closed.
[[nodiscard]] std::string draw_document(data::Store &store, std::string_view rally);

} // namespace keyaki::server
