#include "tests/osm/random_edits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <tuple>

namespace keyaki::test {

namespace {

std::size_t below(std::mt19937_64 &random, std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random); }
double between(std::mt19937_64 &random, double least, double most) { return std::uniform_real_distribution<double>(least, most)(random); }

/// The value of a field, "x139.5" or "Nn1,n2" without its letter; its place in the line.
struct Field {
    std::size_t begin = 0;
    std::size_t size = 0;
};
Field field_of(const std::string &line, char letter) {
    const std::size_t begin = line.find(std::string(" ") + letter) + 2;
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    return {begin, end - begin};
}
std::string value_of(const std::string &line, char letter) {
    const Field field = field_of(line, letter);
    return line.substr(field.begin, field.size);
}
void set_value(std::string &line, char letter, const std::string &value) {
    const Field field = field_of(line, letter);
    line.replace(field.begin, field.size, value);
}

std::set<std::string> ids_in(const std::vector<std::string> &lines, char of, char field, char type) {
    std::set<std::string> ids;
    for (const std::string &line : lines) {
        if (line.front() != of) {
            continue;
        }
        std::istringstream list(value_of(line, field));
        for (std::string part; std::getline(list, part, ',');) {
            if (!part.empty() && part.front() == type) {
                ids.insert(part.substr(1, part.find('@') - 1));
            }
        }
    }
    return ids;
}

std::string id_of(const std::string &line) { return line.substr(1, line.find(' ') - 1); }

} // namespace

OplExtract::OplExtract(const std::string &text, const geo::LonLatBox &box) : m_box(box) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        m_lines.push_back(line);
    }
}

std::vector<std::size_t> OplExtract::places_of(char type) const {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < m_lines.size(); ++i) {
        if (m_lines[i].front() == type) {
            places.push_back(i);
        }
    }
    return places;
}

std::string OplExtract::bumped(const std::string &line) const {
    std::string newer = line;
    set_value(newer, 'v', std::to_string(std::stoi(value_of(line, 'v')) + 1));
    set_value(newer, 't', m_now);
    return newer;
}

void OplExtract::edit(std::mt19937_64 &random, int day) {
    m_now = fmt::format("2026-03-{:02}T00:00:00Z", day);
    move_nodes(random);
    change_tags(random);
    change_members(random);
    remove_some(random);
    add_buildings(random);
}

void OplExtract::move_nodes(std::mt19937_64 &random) {
    const std::vector<std::size_t> nodes = places_of('n');
    for (int i = 0; i < 20; ++i) {
        std::string &line = m_lines[nodes[below(random, nodes.size())]];
        line = bumped(line);
        set_value(line, 'x', fmt::format("{:.7f}", std::stod(value_of(line, 'x')) + between(random, -3e-4, 3e-4)));
        set_value(line, 'y', fmt::format("{:.7f}", std::stod(value_of(line, 'y')) + between(random, -3e-4, 3e-4)));
    }
}

void OplExtract::change_tags(std::mt19937_64 &random) {
    static const char *const tags[] = {"building=yes,name=Neu", "highway=residential,name=Neue%20%Straße", "landuse=forest", "natural=water", ""};
    const std::vector<std::size_t> ways = places_of('w');
    for (int i = 0; i < 12; ++i) {
        std::string &line = m_lines[ways[below(random, ways.size())]];
        line = bumped(line);
        set_value(line, 'T', tags[below(random, std::size(tags))]);
    }
}

void OplExtract::change_members(std::mt19937_64 &random) {
    const std::vector<std::size_t> relations = places_of('r');
    for (int i = 0; i < 5 && !relations.empty(); ++i) {
        std::string &line = m_lines[relations[below(random, relations.size())]];
        const std::string members = value_of(line, 'M');
        if (const std::size_t last = members.rfind(','); last != std::string::npos) {
            line = bumped(line);
            set_value(line, 'M', below(random, 2) == 0 ? members.substr(0, last) : members.substr(last + 1) + "," + members.substr(0, last));
        }
    }
}

/// Ways of relations too; of nodes only those that no way has, as the editing API asks.
void OplExtract::remove_some(std::mt19937_64 &random) {
    const std::set<std::string> used = ids_in(m_lines, 'w', 'N', 'n');
    std::set<std::size_t> gone;
    for (const auto &[type, count] : {std::pair('w', 6), std::pair('r', 1), std::pair('n', 300)}) {
        const std::vector<std::size_t> places = places_of(type);
        for (int i = 0; i < count && !places.empty(); ++i) {
            const std::size_t place = places[below(random, places.size())];
            if (type != 'n' || !used.contains(id_of(m_lines[place]))) {
                gone.insert(place);
            }
        }
    }
    for (auto place = gone.rbegin(); place != gone.rend(); ++place) {
        m_lines.erase(m_lines.begin() + static_cast<std::ptrdiff_t>(*place));
    }
}

void OplExtract::add_buildings(std::mt19937_64 &random) {
    for (int i = 0; i < 4; ++i) {
        const double x = between(random, m_box.west_deg, m_box.east_deg - 2e-4);
        const double y = between(random, m_box.south_deg, m_box.north_deg - 1e-4);
        std::string list;
        for (const auto &[east, north] : {std::pair(0.0, 0.0), std::pair(2e-4, 0.0), std::pair(2e-4, 1e-4), std::pair(0.0, 1e-4)}) {
            m_lines.push_back(fmt::format("n{} v1 dV c1 t{} i1 uanna T x{:.7f} y{:.7f}", m_next_id, m_now, x + east, y + north));
            list += fmt::format("n{},", m_next_id++);
        }
        const std::int64_t first = m_next_id - 4;
        m_lines.push_back(fmt::format("w{} v1 dV c1 t{} i1 uanna Tbuilding=yes,name=Haus%20%{} N{}n{}", m_next_id, m_now, i, list, first));
        ++m_next_id;
    }
}

std::string OplExtract::text() const {
    std::vector<std::string> sorted = m_lines;
    const auto key = [](const std::string &line) { return std::tuple(std::string_view("nwr").find(line.front()), std::stoll(id_of(line))); };
    std::sort(sorted.begin(), sorted.end(), [&](const std::string &a, const std::string &b) { return key(a) < key(b); });
    std::string text;
    for (const std::string &line : sorted) {
        text += line + "\n";
    }
    return text;
}

} // namespace keyaki::test
