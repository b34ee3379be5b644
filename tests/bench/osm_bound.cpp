// What reading an extract and assembling its areas takes with libosmium alone, the least that a base map can: keyaki_osm_bound FILE. Two passes,
// nodes' places in memory, all multipolygons and boundaries. One line of JSON comes out. A bound for tests/bench/peers/osm_tiles.mjs.
#include <fmt/format.h>

#include <osmium/area/assembler.hpp>
#include <osmium/area/multipolygon_manager.hpp>
#include <osmium/handler/node_locations_for_ways.hpp>
#include <osmium/index/map/flex_mem.hpp>
#include <osmium/io/pbf_input.hpp>
#include <osmium/io/xml_input.hpp>
#include <osmium/relations/manager_util.hpp>
#include <osmium/visitor.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>

namespace {

using Places = osmium::index::map::FlexMem<osmium::unsigned_object_id_type, osmium::Location>;

struct Counter : osmium::handler::Handler {
    std::uint64_t positions = 0;
    void way(const osmium::Way &way) { positions += way.nodes().size(); }
};

void measure(const std::string &name) {
    const auto begin = std::chrono::steady_clock::now();
    const osmium::io::File file(name);
    const osmium::area::Assembler::config_type configuration;
    osmium::area::MultipolygonManager<osmium::area::Assembler> areas(configuration);
    osmium::relations::read_relations(file, areas);
    Places places;
    osmium::handler::NodeLocationsForWays<Places> locations(places);
    locations.ignore_errors();
    Counter counter;
    std::uint64_t area_count = 0;
    osmium::io::Reader reader(file);
    osmium::apply(reader, locations, counter, areas.handler([&](const osmium::memory::Buffer &buffer) {
        for (const osmium::Area &area : buffer.select<osmium::Area>()) {
            area_count += area.num_rings().first;
        }
    }));
    reader.close();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    fmt::print(R"({{"seconds":{:.3f},"positions":{},"polygons":{}}})"
               "\n",
               seconds.count(), counter.positions, area_count);
}

} // namespace

int main(int count, char **words) {
    if (count != 2) {
        fmt::print(stderr, "expected: keyaki_osm_bound FILE\n");
        return 2;
    }
    try {
        measure(words[1]);
    } catch (const std::exception &problem) {
        fmt::print(stderr, "{}\n", problem.what());
        return 1;
    }
    return 0;
}
