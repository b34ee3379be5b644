#pragma once

#include "geo/lon_lat.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace keyaki::test {

/// An extract as lines of OPL (https://osmcode.org/opl-file-format/), edited as mappers do it: nodes that move, tags that change, things that are
/// new or gone, relations with other members.
class OplExtract {
  public:
    /// What is new comes within the box, as an extract of it would have it.
    OplExtract(const std::string &text, const geo::LonLatBox &box);

    /// One day's edits; each day is later than the one before.
    void edit(std::mt19937_64 &random, int day);
    /// In the usual order.
    [[nodiscard]] std::string text() const;

  private:
    [[nodiscard]] std::vector<std::size_t> places_of(char type) const;
    void move_nodes(std::mt19937_64 &random);
    void change_tags(std::mt19937_64 &random);
    void change_members(std::mt19937_64 &random);
    void remove_some(std::mt19937_64 &random);
    void add_buildings(std::mt19937_64 &random);
    /// Another version of the line, made now.
    [[nodiscard]] std::string bumped(const std::string &line) const;

    std::vector<std::string> m_lines;
    geo::LonLatBox m_box;
    std::string m_now; ///< as OPL has it
    std::int64_t m_next_id = 8'000'000'000;
};

} // namespace keyaki::test
