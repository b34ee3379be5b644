// Real walks and runs through the whole flow: a course is drawn along each, with three spots on it.
#include "server/time.hpp"
#include "tests/geo/track_support.hpp"
#include "tests/sim/city.hpp"
#include "tests/sim/world.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::sim;
using nlohmann::json;

namespace {

/// A real track as of this morning, over a course that somebody drew along it.
class RealCourse {
  public:
    explicit RealCourse(std::vector<geo::Fix> track)
        : m_begins_us(*server::parse_rfc3339_us("2026-11-23T07:00:00+09:00")), m_city(m_begins_us), m_track(std::move(track)) {
        const std::int64_t later_ms = m_begins_us / 1000 - m_track.front().taken_at_ms;
        for (geo::Fix &fix : m_track) {
            fix.taken_at_ms += later_ms;
        }
        const std::vector<geo::LonLat> line = test::drawn_along(m_track, 5);
        std::vector<geo::Feature> spots;
        for (const std::size_t at : {std::size_t{2}, m_track.size() / 2, m_track.size() - 1}) {
            m_stops.push_back(at);
            spots.push_back({"s" + std::to_string(m_stops.size()), geo::Geometry::point(m_track[at].position), {}});
        }
        m_city.add_layer("real_spots", data::Visibility::everyone, spots, m_begins_us);
        m_city.add_layer("real_lines", data::Visibility::everyone, {{"line", geo::Geometry::line_string(line), {}}}, m_begins_us);
        m_city.die(m_begins_us); // a start reads the new layers
        m_city.put_rally({{"id", "real"},
                          {"spots", {{"layer", "real_spots"}}},
                          {"courses", json::array({{{"id", "c"},
                                                    {"line", "real_lines/line"},
                                                    {"spots", {"real_spots/s1", "real_spots/s2", "real_spots/s3"}},
                                                    {"mode", "track"},
                                                    {"pace", "run"},
                                                    {"points", 100}}})}},
                         m_begins_us);
    }

    /// The last answer of a run whose stamps and track lie so far beside the real one.
    json go(const std::string &member, double stamps_m, double track_m) {
        json answer;
        std::string run;
        for (std::size_t stop = 0; stop < m_stops.size(); ++stop) {
            const std::int64_t now_us = (m_track[m_stops[stop]].taken_at_ms + 500) * 1000;
            if (stop + 1 == m_stops.size()) {
                send_track(member, run, test::shifted(m_track, track_m, track_m));
            }
            answer = check_in(member, stop, stamps_m, run, now_us);
            if (answer["verdict"] != "accepted") {
                break;
            }
            run = answer["run"];
        }
        return answer;
    }

  private:
    json check_in(const std::string &member, std::size_t stop, double off_m, const std::string &run, std::int64_t now_us) {
        json body{{"member", member},  {"rally", "real"},       {"spot", "real_spots/s" + std::to_string(stop + 1)},
                  {"platform", "ios"}, {"device", member},      {"integrity", "passed"},
                  {"course", "c"},     {"fixes", json::array()}};
        if (!run.empty()) {
            body["run"] = run;
        }
        // The place where the phone saw itself at the spot, twice and a little apart.
        const geo::LocalPlane here(m_track[m_stops[stop]].position);
        for (const double second : {4.0, 0.0}) {
            server::rally::SentFix sent;
            // Another phone each time: the same bundle would be a copy.
            const auto own = static_cast<double>(member.size());
            sent.fix = {here.to_lon_lat({off_m + 0.3 * second, off_m + own / 10}),
                        m_track[m_stops[stop]].accuracy_m.value_or(10) + 0.01 * own * second,
                        now_us / 1000 - static_cast<std::int64_t>(second * (1000 + own)), false};
            body["fixes"].push_back(fix_json(sent));
        }
        const Reply reply = m_city.check_in(member + std::to_string(stop), body.dump(), now_us);
        REQUIRE(reply.status == 201);
        return json::parse(reply.body);
    }

    void send_track(const std::string &member, const std::string &run, const std::vector<geo::Fix> &track) {
        json fixes = json::array();
        for (const geo::Fix &fix : track) {
            fixes.push_back({fix.position.lon_deg, fix.position.lat_deg, fix.accuracy_m.value_or(0), fix.taken_at_ms});
        }
        const Reply reply =
            m_city.send_track("real", run, json{{"member", member}, {"platform", "ios"}, {"fixes", fixes}}.dump(), track.back().taken_at_ms * 1000);
        REQUIRE(reply.status == 200);
    }

    std::int64_t m_begins_us;
    City m_city;
    std::vector<geo::Fix> m_track;
    std::vector<std::size_t> m_stops;
};

void finishes_only_as_it_was(const std::vector<geo::Fix> &track) {
    RealCourse course(track);
    const json honest = course.go("as-it-was", 0, 0);
    CAPTURE(honest.dump());
    CHECK(honest["finished"] == json{"course/c"});
    const json shifted_track = course.go("other-street", 0, 57);
    CHECK(shifted_track["reasons"].front() == "TRACK_OFF_COURSE");
    const json shifted_stamps = course.go("not-there", 57, 57);
    CHECK(shifted_stamps["verdict"] != "accepted");
    CHECK(shifted_stamps["stamp"].is_null());
}

} // namespace

TEST_CASE("a real walk in Japan finishes a course drawn along it, and 80 m beside it does not") {
    KEYAKI_SHARED_DATA_OR_SKIP(file, "jp/gisoer/track.zip");
    finishes_only_as_it_was(test::read_gpx(test::unzipped(test::bytes_of(file), "track/track.gpx"), 10));
}

TEST_CASE("real runs and walks finish courses drawn along them, and 80 m beside them do not") {
    for (const char *name : {"apple_watch_route.gpx", "run.gpx", "run_gpxtpx.gpx"}) {
        KEYAKI_SHARED_DATA_OR_SKIP(file, "gps/togeojson/" + std::string(name));
        CAPTURE(name);
        finishes_only_as_it_was(test::read_gpx(test::bytes_of(file), 10));
    }
}

TEST_CASE("a real walk of an hour through Zürich finishes a course drawn along it, and 80 m beside it does not") {
    KEYAKI_SHARED_DATA_OR_SKIP(file, "gps/trackintel/gpsies_trajectory.csv");
    finishes_only_as_it_was(test::read_trackintel(test::bytes_of(file)));
}
