#include "tests/server/rally/story.hpp"

#include "geo/geodesic.hpp"
#include "server/time.hpp"

namespace keyaki::test {

using namespace server;

Story::Story() {
    rally.id = "preparedness-2026";
    rally.kind = rally::Kind::preparedness;
    rally.starts_us = *parse_rfc3339_us("2026-04-01T00:00:00+09:00");
    rally.ends_us = *parse_rfc3339_us("2027-03-31T23:59:59+09:00");
    rally.spots.layer = "shelters";
    rally.spots.points = 10;
    feature.id = "daisan-chugakko";
    feature.geometry = geo::Geometry::point(spot_position);
    facts.received_at_us = *parse_rfc3339_us("2026-11-23T10:00:00+09:00");
    facts.budget_available = 1000;
    facts.measures.integrity_missing = false;
}

Story &Story::fix(double metres, double accuracy_m, int seconds_before, bool mocked) {
    const geo::LonLat position = geo::destination(spot_position, 0, metres);
    fixes.push_back({position, accuracy_m, facts.received_at_us / 1000 - seconds_before * 1000, mocked});
    facts.measures.mocked = facts.measures.mocked || mocked;
    return *this;
}

rally::Facts Story::all_facts() const {
    const rally::Spot spot = rally::make_spot(rally, feature, 1);
    rally::Facts all = facts;
    rally::Sighting sighting = rally::sight(spot, geo::Platform::android, fixes, facts.received_at_us, rules);
    all.seen = std::move(sighting.seen);
    all.has_stale = sighting.has_stale;
    all.has_future = sighting.has_future;
    all.is_indoor = spot.is_indoor;
    all.points = spot.points;
    return all;
}

rally::Outcome Story::outcome() const { return rally::decide(rally, all_facts(), rules); }

} // namespace keyaki::test
