#pragma once

#include "geo/lon_lat.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

/// Which row of a new list is which feature of the old one, so that ids survive when a list is replaced. Pure: no clock, no database.
namespace keyaki::server::imports {

enum class MatchRule : std::uint8_t {
    automatic,      ///< by id, and where that fails by name and place
    key,            ///< by id alone
    name_and_place, ///< the file's ids say nothing
};

/// What is compared of a feature. Equal content is recognised by its hash.
struct MatchedFeature {
    std::string id;                         ///< of a row: what the file says, or empty
    std::string name;                       ///< for the report
    std::string name_key;                   ///< importers::name_key of its name; empty: it cannot be found by name
    geo::LonLat place;                      ///< the point, or the middle of the box
    std::array<std::uint8_t, 16> content{}; ///< of properties and geometry
    std::uint64_t row = 0;                  ///< of the file; 0 for a known feature
};

enum class MatchedBy : std::uint8_t { nothing, id, content, name_and_place, name };

struct Match {
    std::optional<std::size_t> known; ///< place among the known features
    MatchedBy by = MatchedBy::nothing;
    double distance_m = 0;
    std::vector<std::size_t> candidates; ///< where nothing was taken because several could be meant: the nearest of them, at most five
};

/// Pairs rows with known features, each at most once.
class FeatureMatcher {
  public:
    /// \param radius_m within which an equal name is the same place without more ado
    FeatureMatcher(std::vector<MatchedFeature> known, MatchRule rule, double radius_m);
    FeatureMatcher(const FeatureMatcher &) = delete; // its indexes look into its features
    FeatureMatcher &operator=(const FeatureMatcher &) = delete;

    [[nodiscard]] const std::vector<MatchedFeature> &known() const noexcept { return m_known; }
    [[nodiscard]] bool is_taken(std::size_t known) const { return m_taken[known]; }
    [[nodiscard]] std::optional<std::size_t> find(std::string_view id) const;
    /// Takes the known feature with that id, where ids count. Nothing where there is none or another row has it.
    [[nodiscard]] std::optional<std::size_t> take_by_id(std::string_view id);
    /// Whether a row of that name could be one of the known features: it then has to wait for match_waiting.
    [[nodiscard]] bool may_match_by_name(std::string_view name_key) const;
    /// Places of the known features of that name; none where names do not count.
    [[nodiscard]] std::span<const std::size_t> named(std::string_view name_key) const;
    /// All rows that waited, together, once every id has been taken. First those whose content is equal; then, among rows and known features of one
    /// name, the nearest pair, as long as no other is anywhere near as near: what could be meant is listed, never guessed.
    [[nodiscard]] std::vector<Match> match_waiting(std::span<const MatchedFeature> rows);

  private:
    struct Group;
    void match_by_content(std::span<const MatchedFeature> rows, std::vector<Match> &matches);
    void match_group(std::span<const MatchedFeature> rows, Group &group, std::vector<Match> &matches);

    std::vector<MatchedFeature> m_known;
    std::vector<bool> m_taken;
    MatchRule m_rule;
    double m_radius_m;
    std::unordered_map<std::string_view, std::size_t> m_by_id;
    std::unordered_map<std::string_view, std::vector<std::size_t>> m_by_name;
};

} // namespace keyaki::server::imports
