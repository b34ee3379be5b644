#pragma once

#include "importers/osm_file.hpp"
#include "tests/support/temporary_folder.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace keyaki::test {

/// What came out of one file.
struct ImportedOsm {
    importers::OsmReport report;
    std::map<std::string, std::map<std::string, geo::Feature>> layers; ///< by layer, then by id

    [[nodiscard]] bool has(const std::string &layer, const std::string &id) const {
        const auto found = layers.find(layer);
        return found != layers.end() && found->second.contains(id);
    }
    [[nodiscard]] const geo::Feature &feature(const std::string &layer, const std::string &id) const { return layers.at(layer).at(id); }
    [[nodiscard]] std::size_t size() const {
        std::size_t sum = 0;
        for (const auto &[layer, features] : layers) {
            sum += features.size();
        }
        return sum;
    }
};

inline ImportedOsm import_osm(const std::filesystem::path &path, const importers::OsmOptions &options = {}) {
    ImportedOsm imported;
    imported.report = importers::read_osm_file(path, options, [&](std::string_view layer, geo::Feature &&feature) {
        const std::string id = feature.id;
        if (!imported.layers[std::string(layer)].emplace(id, std::move(feature)).second) {
            throw std::logic_error("the layer " + std::string(layer) + " got " + id + " twice");
        }
    });
    return imported;
}

/// Imports a file of these lines (https://osmcode.org/opl-file-format/), attributes that nobody asks for left out.
inline ImportedOsm import_opl(std::string_view lines, const importers::OsmOptions &options = {}) {
    const TemporaryFolder folder;
    return import_osm(folder.write("lines.opl", lines), options);
}

} // namespace keyaki::test
