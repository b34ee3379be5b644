#pragma once

#include "data/store.hpp"
#include "server/flows/check_in.hpp"
#include "server/flows/rallies.hpp"
#include "server/flows/recent_attempts.hpp"
#include "server/flows/snapshots.hpp"
#include "tests/support/temporary_folder.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace keyaki::test {

/// How somebody checks in: two good fixes of an Android phone at the spot, unless a test says otherwise.
struct Visit {
    std::string member = "m-1";
    std::string spot = "spots/a";
    std::string rally = "r";
    std::string device = "d-1";
    double metres_north = 0;
    double accuracy_m = 10;
    int fixes = 2;
    bool mocked = false;
    nlohmann::json evidence = nlohmann::json::object();
    nlohmann::json more = nlohmann::json::object(); ///< further fields of the body
    std::string key{};                              ///< Idempotency-Key; empty: a new one
};

/// A street of five spots, 300 m apart, with the course along it, and a clock that a test moves; no server, no network.
class SmallCity {
  public:
    SmallCity();

    /// Puts a rally with these fields over the usual ones: id "r", kind preparedness, all spots, 10 points once, a budget of 100,000.
    void put(const nlohmann::json &changes);
    void add_layer(const std::string &id, data::Visibility visibility, const std::vector<geo::Feature> &features);
    /// Publishes the layer with these features put into it.
    void publish(const std::string &layer, const std::vector<geo::Feature> &features);
    nlohmann::json check_in(const Visit &visit);
    /// The body that check_in() would send now.
    [[nodiscard]] nlohmann::json body_of(const Visit &visit);
    /// Forgets what is in memory, as a restart does.
    void restart();
    /// The two halves of a restart in which the database is let go as well. Error of open_store().
    void close();
    void open();

    [[nodiscard]] std::int64_t points(const std::string &member);
    [[nodiscard]] std::int64_t pending(const std::string &member);
    [[nodiscard]] bool ledger_holds();
    void pass_s(std::int64_t seconds) { now_us += seconds * 1'000'000; }

    TemporaryFolder folder;
    std::unique_ptr<data::Store> store;
    std::int64_t now_us;
    std::unique_ptr<server::Snapshots> snapshots;
    std::unique_ptr<server::Rallies> rallies;
    std::unique_ptr<server::RecentAttempts> recent;
    std::unique_ptr<server::CheckInFlow> flow;
    server::CheckInAnswer last; ///< the whole of the last answer

  private:
    std::mt19937 m_random{7};
    int m_keys = 0;
};

/// Sends a body under a key, now; the answer, whose whole is in `city.last`.
nlohmann::json send(SmallCity &city, const std::string &key, const nlohmann::json &body);
/// The score that was stored for the check-in of this answer.
[[nodiscard]] double score_of(SmallCity &city, const nlohmann::json &answer);

[[nodiscard]] geo::LonLat place_of_spot(const std::string &spot);

} // namespace keyaki::test
