#include "tiles/tile_survey.hpp"

#include "tiles/limits.hpp"

#include <algorithm>
#include <iterator>

namespace keyaki::tiles {

void TileSurvey::Zoom::add(const Zoom &other) {
    tiles += other.tiles;
    bytes += other.bytes;
    largest_bytes = std::max(largest_bytes, other.largest_bytes);
    features += other.features;
    for (std::size_t type = 0; type < features_by_type.size(); ++type) {
        features_by_type[type] += other.features_by_type[type];
    }
    violations += other.violations;
    warnings += other.warnings;
}

void TileSurvey::survey(std::string_view bytes, int zoom, const std::string &where) {
    const MvtTile tile = read_mvt(bytes);
    Zoom counts;
    counts.tiles = 1;
    counts.bytes = bytes.size();
    counts.largest_bytes = bytes.size();
    for (const MvtLayer &layer : tile.layers) {
        see_layer(layer.name);
        counts.features += layer.features.size();
        for (const MvtFeature &feature : layer.features) {
            ++counts.features_by_type.at(static_cast<std::size_t>(feature.type));
        }
    }
    m_zooms[zoom].add(counts);
    for (const MvtFinding &finding : tile.findings) {
        note(zoom, {where, finding});
    }
}

void TileSurvey::see_layer(const std::string &name) {
    if (m_layers.size() < max_layer_names_kept) {
        m_layers.insert(name);
    }
}

void TileSurvey::note(int zoom, Finding finding) {
    Zoom &counts = m_zooms[zoom];
    ++(finding.finding.is_error ? counts.violations : counts.warnings);
    if (m_findings.size() < max_findings_kept) {
        m_findings.push_back(std::move(finding));
    }
}

void TileSurvey::add(const TileSurvey &other) {
    for (const auto &[zoom, counts] : other.m_zooms) {
        m_zooms[zoom].add(counts);
    }
    for (const std::string &name : other.m_layers) {
        see_layer(name);
    }
    const std::size_t room = max_findings_kept - m_findings.size();
    std::copy_n(other.m_findings.begin(), std::min(room, other.m_findings.size()), std::back_inserter(m_findings));
}

TileSurvey::Zoom TileSurvey::total() const {
    Zoom sum;
    for (const auto &[zoom, counts] : m_zooms) {
        sum.add(counts);
    }
    return sum;
}

} // namespace keyaki::tiles
