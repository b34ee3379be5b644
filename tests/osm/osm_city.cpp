#include "tests/osm/osm_city.hpp"

#include "data/feature_row.hpp"
#include "server/osm/kept_extract.hpp"
#include "server/time.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace keyaki::test {

std::string osm_change(const std::string &elements) {
    return "<?xml version='1.0' encoding='UTF-8'?>\n<osmChange version='0.6'>" + elements + "</osmChange>\n";
}

OsmCity::OsmCity() : m_store(data::open_store({.file = m_folder / "city.sqlite", .create = true, .readers = 2})) {}

server::OsmImportOutcome OsmCity::import(const std::filesystem::path &file, const std::optional<geo::LonLatBox> &box,
                                         server::imports::ConflictRule conflicts) {
    return server::import_osm(*m_store, {file, box, conflicts, "test"}, {});
}

server::OsmImportOutcome OsmCity::import_opl(const std::string &lines) { return import(m_folder.write(fmt::format("map{}.opl", ++m_files), lines)); }

server::OsmChangesOutcome OsmCity::import_changes(const std::vector<std::filesystem::path> &files, server::imports::ConflictRule conflicts) {
    return server::import_osm_changes(*m_store, {files, std::nullopt, conflicts, "test", m_folder.path()}, {});
}

server::OsmChangesOutcome OsmCity::import_osc(const std::string &elements, server::imports::ConflictRule conflicts) {
    return import_changes({m_folder.write(fmt::format("changes{}.osc", ++m_files), osm_change(elements))}, conflicts);
}

void OsmCity::publish() {
    m_store->write([&](data::WriteTransaction &books) {
        for (const data::Layer &layer : m_store->layers()) {
            if (layer.has_draft) {
                books.publish(layer.spec.id, "test", "as imported", true, server::now_us());
            }
        }
    });
}

void OsmCity::edit(const std::string &layer, const std::string &id, const std::optional<std::string> &name, data::LayerEdit::Target target) {
    data::LayerEdit edits;
    edits.layer = layer;
    edits.target = target;
    edits.edits.push_back({name ? data::EditKind::replace : data::EditKind::remove, {}, std::nullopt, false});
    const bool is_published = target == data::LayerEdit::Target::published;
    edits.edits.front().feature = m_store->find_feature(layer, is_published ? data::LayerState::published() : data::LayerState::draft(), id)->feature;
    edits.edits.front().feature.properties.set("name", name.value_or(""));
    edits.author = "staff";
    edits.message = "we know better";
    edits.now_us = server::now_us();
    const data::EditOutcome outcome = m_store->edit_features(edits);
    REQUIRE(outcome.has_changed);
}

std::string OsmCity::name_of(const std::string &layer, const std::string &id) {
    const auto found = m_store->find_feature(layer, data::LayerState::published(), id);
    const geo::Value *name = found ? found->feature.properties.find("name") : nullptr;
    return !found ? "-" : name == nullptr ? "" : std::get<std::string>(*name);
}

std::map<std::string, std::string> OsmCity::content() {
    std::map<std::string, std::string> content;
    for (const data::Layer &layer : m_store->layers()) {
        m_store->read_features(layer.spec.id, data::LayerState::published(), [&](geo::Feature &&feature) {
            content[layer.spec.id + "/" + feature.id] = fmt::format("{:02x}", fmt::join(data::to_row(feature).content_hash, ""));
        });
    }
    return content;
}

std::filesystem::path OsmCity::extract() {
    const std::filesystem::path file = m_folder / fmt::format("extract{}.osm.pbf", ++m_files);
    server::write_kept_extract(*m_store, file);
    return file;
}

} // namespace keyaki::test
