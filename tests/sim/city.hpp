#pragma once

#include "data/store.hpp"
#include "geo/geodesic.hpp"
#include "server/flows/check_in.hpp"
#include "server/flows/rallies.hpp"
#include "server/flows/rally_deeds.hpp"
#include "server/flows/recent_attempts.hpp"
#include "server/flows/snapshots.hpp"
#include "tests/support/temporary_folder.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace keyaki::sim {

/// A spot of the sample city, in the plane.
struct Place {
    std::string spot; ///< "spots/yanase-goryuten"
    geo::PlanePoint place;
};

/// A walking course of the sample city: its line, and its spots in the order of their property "order"; a loop has one more near its end.
struct Route {
    std::string id;
    std::vector<geo::PlanePoint> line;
    std::vector<Place> spots;
};

/// What came of a request, as a client sees it.
struct Reply {
    int status = 0;
    std::string body;
    bool replayed = false; ///< the stored answer of this key
};

/// Kiyose as the server has it: the sample city's spots and courses in a real store, with the flows over them. Nothing in it is made for the
/// simulator but the way it dies. One thread.
class City {
  public:
    explicit City(std::int64_t now_us);

    /// A rally "r" of kind walking over all spots, 10 points each, with these fields over it. Once for each rally before the people come, or again.
    void put_rally(const nlohmann::json &changes, std::int64_t now_us);
    /// Adds a layer of such lines and points.
    void add_layer(const std::string &id, data::Visibility visibility, const std::vector<geo::Feature> &features, std::int64_t now_us);

    /// `POST /checkins`; 422 for a key that came before with another body, 400 for what is no request or names no spot or rally.
    [[nodiscard]] Reply check_in(const std::string &key, const std::string &body, std::int64_t now_us);
    /// `POST …/runs/{run}/track`: 200 with the coverage, 400, 404 or 409.
    [[nodiscard]] Reply send_track(const std::string &rally, const std::string &run, const std::string &body, std::int64_t now_us);
    [[nodiscard]] Reply report_steps(const std::string &rally, const std::string &body, std::int64_t now_us);
    [[nodiscard]] Reply issue_ticket(const std::string &rally, const std::string &body, std::int64_t now_us);
    /// The six digits that the display at a spot shows, and what is printed on its sheet.
    [[nodiscard]] std::string code_at(const std::string &rally, const std::string &spot, std::int64_t now_us);
    [[nodiscard]] std::string sheet_of(const std::string &rally, const std::string &spot);

    /// The process dies as by kill -9 and starts again: its files as they lay there, its memory gone.
    void die(std::int64_t now_us);

    [[nodiscard]] data::Store &store() noexcept { return *m_store; }
    [[nodiscard]] const std::vector<Place> &spots() const noexcept { return m_spots; }
    [[nodiscard]] const std::vector<Route> &routes() const noexcept { return m_routes; }
    [[nodiscard]] const Route &route(const std::string &id) const;
    [[nodiscard]] geo::PlanePoint place_of(const std::string &spot) const;
    [[nodiscard]] std::size_t deaths() const noexcept { return m_deaths; }

  private:
    void open(std::int64_t now_us);
    void read_sample(std::int64_t now_us);
    void add_exit(Route &route, std::vector<geo::Feature> &spots);
    /// Runs `work`, and gives what the server would answer where it throws.
    template <typename Work>
    Reply answered(Work work);

    std::unique_ptr<test::TemporaryFolder> m_folder;
    std::unique_ptr<data::Store> m_store;
    std::unique_ptr<server::Snapshots> m_snapshots;
    std::unique_ptr<server::Rallies> m_rallies;
    std::unique_ptr<server::RecentAttempts> m_recent;
    std::unique_ptr<server::CheckInFlow> m_flow;
    std::vector<Place> m_spots;
    std::vector<Route> m_routes;
    std::size_t m_deaths = 0;
};

} // namespace keyaki::sim
