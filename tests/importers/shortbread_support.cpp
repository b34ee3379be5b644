#include "tests/importers/shortbread_support.hpp"

#include <algorithm>
#include <sstream>
#include <type_traits>

namespace keyaki::test {

namespace {

std::string text_of(const importers::ShortbreadValue &value) {
    return std::visit(
        [](const auto &held) {
            using Held = std::decay_t<decltype(held)>;
            std::ostringstream text;
            if constexpr (std::is_same_v<Held, bool>) {
                text << (held ? "true" : "false");
            } else {
                text << held;
            }
            return text.str();
        },
        value);
}

} // namespace

void KeepingSink::take(const importers::ShortbreadFeature &feature, unsigned) {
    KeptFeature kept{feature, {}, *feature.shape};
    for (const importers::ShortbreadAttribute &attribute : feature.attributes) {
        kept.attributes.emplace(attribute.name, text_of(attribute.value));
    }
    kept.feature.attributes = {};
    kept.feature.shape = nullptr;
    const std::lock_guard lock(m_mutex);
    m_layers[std::string(importers::shortbread_name(feature.layer))].push_back(std::move(kept));
}

const std::vector<KeptFeature> &KeepingSink::layer(const std::string &name) const {
    static const std::vector<KeptFeature> none;
    const auto found = m_layers.find(name);
    return found == m_layers.end() ? none : found->second;
}

std::vector<std::string> KeepingSink::lines() const {
    std::vector<std::string> lines;
    for (const auto &[name, features] : m_layers) {
        for (const KeptFeature &kept : features) {
            std::ostringstream line;
            line << name << ' ' << kept.feature.id << ' ' << int{kept.feature.zoom_from} << ' ' << int{kept.feature.direction_from} << ' '
                 << kept.feature.rank.fine << ' ' << kept.feature.rank.coarse;
            for (const auto &[key, value] : kept.attributes) {
                line << ' ' << key << '=' << value;
            }
            for (std::size_t path = 0; path < kept.shape.path_count(); ++path) {
                line << " (";
                for (const geo::GridVertex &vertex : kept.shape.path(path)) {
                    line << vertex.point.x << ' ' << vertex.point.y << ' ' << vertex.number << ',';
                }
                line << ')';
            }
            lines.push_back(line.str());
        }
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

bool is_inside(std::span<const geo::GridVertex> ring, geo::GridPoint point) {
    bool inside = false;
    for (std::size_t index = 0; index < ring.size(); ++index) {
        const geo::GridPoint a = ring[index].point;
        const geo::GridPoint b = ring[(index + 1) % ring.size()].point;
        if ((a.y > point.y) != (b.y > point.y)) {
            const double share = (static_cast<double>(point.y) - a.y) / (static_cast<double>(b.y) - a.y);
            inside = inside != (a.x + share * (static_cast<double>(b.x) - a.x) < point.x);
        }
    }
    return inside;
}

void read_shortbread(const std::filesystem::path &path, ReadShortbread &into, const importers::ShortbreadOptions &options) {
    into.report = importers::read_shortbread(path, options, into.sink);
}

void read_shortbread_opl(std::string_view lines, ReadShortbread &into, const importers::ShortbreadOptions &options) {
    const TemporaryFolder folder;
    read_shortbread(folder.write("lines.opl", lines), into, options);
}

} // namespace keyaki::test
