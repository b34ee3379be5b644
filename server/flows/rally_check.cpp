#include "server/flows/rally_check.hpp"

#include "geo/course.hpp"
#include "geo/error.hpp"
#include "server/filter/selected_ids.hpp"
#include "server/json_reader.hpp"
#include "tiles/layer_snapshot.hpp"

#include <fmt/format.h>

#include <string>
#include <unordered_set>

namespace keyaki::server {

namespace {

using Ids = std::unordered_set<std::string>;

class Checker {
  public:
    Checker(data::Store &store, const rally::Rally &rally) : m_store(store), m_rally(rally) {}

    void check() {
        const auto layer = m_store.find_layer(m_rally.spots.layer);
        if (!layer || layer->revision == 0) {
            throw geo::Error(geo::ErrorKind::conflict, fmt::format("rally {} has its spots in layer {}, which is not published: publish it first",
                                                                   m_rally.id, m_rally.spots.layer));
        }
        if (m_rally.spots.is_hidden && layer->spec.visibility == data::Visibility::everyone) {
            refuse("/spots/hidden", fmt::format("layer {} is shown to everyone, with the places of its features: expected one that is for the staff",
                                                m_rally.spots.layer));
        }
        read_spots();
        if (m_errors.empty()) {
            check_names();
            check_lines();
        }
        if (!m_errors.empty()) {
            throw FieldErrors("the rally", std::move(m_errors));
        }
    }

  private:
    void refuse(std::string pointer, std::string detail) { m_errors.push_back({std::move(pointer), std::move(detail)}); }

    void read_spots() {
        if (m_rally.spots.filter.empty()) {
            m_store.read_features(m_rally.spots.layer, data::LayerState::published(),
                                  [this](geo::Feature &&feature) { m_ids.insert(std::move(feature.id)); });
            return;
        }
        tiles::SnapshotDescription description;
        description.layer = m_rally.spots.layer;
        tiles::LayerSnapshot::Builder builder(std::move(description));
        m_store.read_features(m_rally.spots.layer, data::LayerState::published(), [&builder](geo::Feature &&feature) { builder.add(feature); });
        try {
            m_ids = filter::selected_ids(*builder.finish(), m_rally.spots.filter);
        } catch (const geo::Error &error) {
            refuse("/spots/filter", error.what());
            return;
        }
        if (m_ids.empty()) {
            refuse("/spots/filter", fmt::format("selects no feature of layer {}", m_rally.spots.layer));
        }
    }

    void require_spot(const std::string &spot, std::string pointer) {
        if (!spot.empty() && !m_ids.contains(spot.substr(m_rally.spots.layer.size() + 1))) {
            refuse(std::move(pointer), fmt::format("\"{}\" is no spot of this rally: there is no such published feature{}", spot,
                                                   m_rally.spots.filter.empty() ? "" : ", or the filter does not select it"));
        }
    }

    void check_names() {
        for (std::size_t i = 0; i < m_rally.questions.size(); ++i) {
            require_spot(m_rally.questions[i].spot, fmt::format("/quiz/questions/{}/spot", i));
        }
        for (std::size_t i = 0; i < m_rally.riddles.size(); ++i) {
            require_spot(m_rally.riddles[i].spot, fmt::format("/riddles/{}/spot", i));
            for (std::size_t j = 0; j < m_rally.riddles[i].opens.size(); ++j) {
                require_spot(m_rally.riddles[i].opens[j], fmt::format("/riddles/{}/opens/{}", i, j));
            }
        }
        for (std::size_t i = 0; i < m_rally.courses.size(); ++i) {
            for (std::size_t j = 0; j < m_rally.courses[i].spots.size(); ++j) {
                require_spot(m_rally.courses[i].spots[j], fmt::format("/courses/{}/spots/{}", i, j));
            }
        }
    }

    void check_lines() {
        for (std::size_t i = 0; i < m_rally.courses.size(); ++i) {
            const std::string &line = m_rally.courses[i].line;
            const std::size_t slash = line.find('/');
            if (line.empty() || slash == std::string::npos) {
                continue;
            }
            const std::string layer = line.substr(0, slash);
            const auto known = m_store.find_layer(layer);
            const auto feature =
                known && known->revision > 0 ? m_store.find_feature(layer, data::LayerState::published(), line.substr(slash + 1)) : std::nullopt;
            if (!feature) {
                refuse(fmt::format("/courses/{}/line", i), fmt::format("there is no published feature \"{}\"", line));
                continue;
            }
            const std::vector<geo::LonLat> path = geo::path_of(feature->feature.geometry);
            if (path.size() >= 2 && !geo::along_path_m(path, {})) {
                refuse(fmt::format("/courses/{}/line", i),
                       fmt::format("expected a path of at most {:.0f} km, found a longer one in \"{}\"", geo::max_course_m / 1000, line));
            } else if (path.size() < 2) {
                refuse(fmt::format("/courses/{}/line", i),
                       fmt::format("expected a line, found {} in \"{}\"", geo::geometry_type_name(feature->feature.geometry.type), line));
            }
        }
    }

    data::Store &m_store;
    const rally::Rally &m_rally;
    Ids m_ids;
    std::vector<FieldError> m_errors;
};

} // namespace

void check_against_city(data::Store &store, const rally::Rally &rally) { Checker(store, rally).check(); }

} // namespace keyaki::server
