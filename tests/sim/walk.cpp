#include "tests/sim/walk.hpp"

#include "geo/course.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace keyaki::sim {

namespace {

using nlohmann::json;

geo::PlanePoint between(geo::PlanePoint a, geo::PlanePoint b, double share) {
    return {a.east_m + share * (b.east_m - a.east_m), a.north_m + share * (b.north_m - a.north_m)};
}

std::string track_body(const Person &person, const std::vector<geo::Fix> &track) {
    json fixes = json::array();
    for (const geo::Fix &fix : track) {
        fixes.push_back({fix.position.lon_deg, fix.position.lat_deg, fix.accuracy_m.value_or(0), fix.taken_at_ms});
    }
    return json{{"member", person.member}, {"platform", platform_name(person.phone.model().platform)}, {"fixes", std::move(fixes)}}.dump();
}

/// One person on a way.
class Walker {
  public:
    Walker(World &world, Person &person, const Walk &walk) : m_world(world), m_person(person), m_walk(walk), m_length_m(length_m(walk.way)) {
        if (walk.silence_s > 0) {
            m_silent_from_s = person.random.between(0, 0.8) * m_length_m / walk.speed_mps;
        }
        if (walk.goes_back && walk.stops.size() > 2) {
            m_missed = 1 + person.random.below(walk.stops.size() - 2);
        }
    }

    Task<WalkOutcome> go() {
        const double began_s = seconds();
        while (true) {
            if (const double since_s = seconds() - began_s; since_s < m_silent_from_s || since_s > m_silent_from_s + m_walk.silence_s) {
                m_track.push_back(m_person.phone.measure(here(), m_world.agenda.now_us()).fix);
            }
            if (is_at_stop()) {
                co_await stop();
                if (m_is_over) {
                    co_return std::move(m_outcome);
                }
            }
            if (m_along_m >= m_length_m) {
                co_return std::move(m_outcome);
            }
            co_await step();
        }
    }

  private:
    [[nodiscard]] double seconds() const { return static_cast<double>(m_world.agenda.now_us()) / 1e6; }
    [[nodiscard]] geo::PlanePoint here() const { return at_m(m_walk.way, m_along_m); }
    [[nodiscard]] double next_stop_m() const {
        if (m_next >= m_walk.stops.size()) {
            return m_length_m;
        }
        return std::min(m_length_m, m_walk.stops[m_next].along_m + (m_missed == m_next ? 150 : 0));
    }
    [[nodiscard]] bool is_at_stop() const { return m_next < m_walk.stops.size() && m_along_m >= next_stop_m(); }

    Task<Done> step() {
        if (m_person.random.happens(m_walk.pauses_per_minute * m_walk.cadence_s / 60)) {
            co_await stand(m_person.random.between(10, 120));
        }
        const double speed_mps = m_along_m >= m_walk.rides_from_m ? 11 : m_walk.speed_mps;
        const double metres = std::min(speed_mps * m_walk.cadence_s, std::max(0.1, next_stop_m() - m_along_m));
        co_await m_world.agenda.pass_s(metres / speed_mps);
        m_along_m = std::min(m_length_m, m_along_m + metres);
        co_return Done{};
    }

    /// Fixes go on while somebody stands.
    Task<Done> stand(double for_s) {
        for (double left_s = for_s; left_s > 0; left_s -= m_walk.cadence_s) {
            co_await m_world.agenda.pass_s(std::min(left_s, m_walk.cadence_s));
            m_track.push_back(m_person.phone.measure(here(), m_world.agenda.now_us()).fix);
        }
        co_return Done{};
    }

    Task<Done> stop() {
        const Stop &stop = m_walk.stops[m_next];
        if (m_missed == m_next) {
            co_await go_back(stop);
        }
        const bool is_last = m_next + 1 == m_walk.stops.size();
        if (is_last && !m_run.empty()) {
            send_track();
        }
        Visit visit{stop.spot.spot, here()};
        visit.course = m_walk.course;
        for (int attempt = 1;; ++attempt) {
            visit.run = m_run;
            m_outcome.visit = co_await check_in(m_world, m_person, visit);
            const VisitOutcome &came = m_outcome.visit;
            if (came.fate == Fate::posted || came.fate == Fate::held) {
                m_run = came.answer.value("run", m_run);
                break;
            }
            const double wait_s = patience_s(came);
            if (attempt >= m_walk.most_tries || wait_s < 0) {
                m_is_over = true;
                co_return Done{};
            }
            co_await stand(wait_s);
        }
        m_outcome.finished = is_last && m_outcome.visit.fate == Fate::posted && m_outcome.visit.answer.contains("finished");
        m_is_over = is_last;
        ++m_next;
        co_return Done{};
    }

    /// Seconds until the next try; less than nothing where another one is in vain.
    double patience_s(const VisitOutcome &came) {
        if (came.reason == "LEG_TOO_FAST" || came.reason == "TOO_FAST_FOR_MODE") {
            const json &next = came.answer.at("next");
            const double told_s = next.is_object() ? next.value("wait_s", 60.0) : 60.0;
            return m_walk.waits_for_legs ? told_s + 1 : -1;
        }
        const bool is_worth_it =
            came.reason == "OUTSIDE" || came.reason == "UNCERTAIN" || came.reason == "NEEDS_MORE_FIXES" || came.reason == "NO_EVIDENCE";
        return is_worth_it ? m_person.random.between(45, 90) : -1;
    }

    /// 150 m back to a spot that was passed; the way goes on from there.
    Task<Done> go_back(const Stop &stop) {
        m_missed.reset();
        while (m_along_m > stop.along_m) {
            const double metres = std::min(m_walk.speed_mps * m_walk.cadence_s, m_along_m - stop.along_m);
            co_await m_world.agenda.pass_s(metres / m_walk.speed_mps);
            m_along_m = metres < m_walk.speed_mps * m_walk.cadence_s ? stop.along_m : m_along_m - metres;
            m_track.push_back(m_person.phone.measure(here(), m_world.agenda.now_us()).fix);
        }
        co_return Done{};
    }

    void send_track() {
        const std::vector<geo::Fix> &sent = m_walk.other_track.empty() ? m_track : m_walk.other_track;
        const Reply reply = m_world.city.send_track("r", m_run, track_body(m_person, sent), m_world.agenda.now_us());
        m_world.tell(m_person, fmt::format("sends a track of {} fixes and is answered {}: {}", sent.size(), reply.status, reply.body));
        if (reply.status == 200) {
            m_outcome.coverage = json::parse(reply.body).at("coverage").get<double>();
        }
    }

    World &m_world;
    Person &m_person;
    const Walk &m_walk;
    double m_length_m;
    double m_silent_from_s = 1e18;
    std::optional<std::size_t> m_missed;
    double m_along_m = 0;
    std::size_t m_next = 0;
    std::string m_run;
    std::vector<geo::Fix> m_track;
    bool m_is_over = false;
    WalkOutcome m_outcome;
};

} // namespace

double length_m(const Way &way) {
    double length = 0;
    for (std::size_t i = 1; i < way.size(); ++i) {
        length += distance_m(way[i - 1], way[i]);
    }
    return length;
}

geo::PlanePoint at_m(const Way &way, double along_m) {
    for (std::size_t i = 1; i < way.size(); ++i) {
        const double leg_m = distance_m(way[i - 1], way[i]);
        if (along_m <= leg_m && leg_m > 0) {
            return between(way[i - 1], way[i], along_m / leg_m);
        }
        along_m -= leg_m;
    }
    return way.back();
}

Way part_of(const Way &way, double from_m, double to_m) {
    Way part{at_m(way, from_m)};
    double along_m = 0;
    for (std::size_t i = 1; i < way.size(); ++i) {
        along_m += distance_m(way[i - 1], way[i]);
        if (along_m > from_m && along_m < to_m) {
            part.push_back(way[i]);
        }
    }
    part.push_back(at_m(way, to_m));
    return part;
}

Way shifted(Way way, double east_m, double north_m) {
    for (geo::PlanePoint &point : way) {
        point = {point.east_m + east_m, point.north_m + north_m};
    }
    return way;
}

Way reversed(Way way) {
    std::reverse(way.begin(), way.end());
    return way;
}

Way street_way(Random &random, double wanted_m) {
    constexpr double east[4] = {1, 0, -1, 0};
    constexpr double north[4] = {0, 1, 0, -1};
    Way way{{0, 0}};
    std::size_t direction = 0;
    for (double so_far_m = 0; so_far_m < wanted_m;) {
        const double leg_m = random.between(60, 180);
        const std::size_t turn = random.below(3);
        direction = (direction + (turn == 0 ? 1U : turn == 1 ? 3U : 0U)) % 4;
        way.push_back({way.back().east_m + east[direction] * leg_m, way.back().north_m + north[direction] * leg_m});
        so_far_m += leg_m;
    }
    return way;
}

Way beside(const Way &way, double left_m) {
    Way street;
    for (std::size_t i = 1; i < way.size(); ++i) {
        const double leg_m = distance_m(way[i - 1], way[i]);
        const double east_m = -(way[i].north_m - way[i - 1].north_m) / leg_m * left_m;
        const double north_m = (way[i].east_m - way[i - 1].east_m) / leg_m * left_m;
        street.push_back({way[i - 1].east_m + east_m, way[i - 1].north_m + north_m});
        street.push_back({way[i].east_m + east_m, way[i].north_m + north_m});
    }
    return street;
}

Way with_detour(const Way &way, Random &random) {
    const double turn_m = random.between(0.15, 0.85) * length_m(way);
    Way longer = part_of(way, 0, turn_m);
    const geo::PlanePoint corner = longer.back();
    longer.push_back({corner.east_m + 42, corner.north_m + 42});
    const Way rest = part_of(way, turn_m, length_m(way));
    longer.insert(longer.end(), rest.begin(), rest.end());
    return longer;
}

std::vector<geo::LonLat> on_earth(const Way &way) {
    std::vector<geo::LonLat> positions;
    std::transform(way.begin(), way.end(), std::back_inserter(positions), [](geo::PlanePoint point) { return plane().to_lon_lat(point); });
    return positions;
}

std::vector<Stop> stops_of(const Way &way, const std::vector<Place> &spots) {
    Way places;
    std::transform(spots.begin(), spots.end(), std::back_inserter(places), [](const Place &place) { return place.place; });
    const auto along_m = geo::along_path_m(on_earth(way), on_earth(places));
    std::vector<Stop> stops;
    for (std::size_t i = 0; i < spots.size(); ++i) {
        stops.push_back({spots[i], along_m->at(i)});
    }
    return stops;
}

std::vector<geo::Fix> recorded(Phone &phone, Random &random, const Walk &walk, std::int64_t begins_us) {
    const double length = length_m(walk.way);
    const double silent_from_s = walk.silence_s > 0 ? random.between(0, 0.8) * length / walk.speed_mps : 1e18;
    std::vector<geo::Fix> track;
    for (double second = 0; second * walk.speed_mps < length + walk.speed_mps * walk.cadence_s; second += walk.cadence_s) {
        if (second < silent_from_s || second > silent_from_s + walk.silence_s) {
            const std::int64_t now_us = begins_us + static_cast<std::int64_t>(second * 1e6);
            track.push_back(phone.measure(at_m(walk.way, second * walk.speed_mps), now_us).fix);
        }
    }
    return track;
}

Task<WalkOutcome> walk_course(World &world, Person &person, const Walk &walk) {
    Walker walker(world, person, walk);
    co_return co_await walker.go();
}

} // namespace keyaki::sim
