// As the program's own main: started again with a hidden command this is the child that reads a file from outside. For three files it is one that
// misbehaves, as a child might that its file has taken over.
#define CATCH_CONFIG_RUNNER
#include "importers/child_reader.hpp"
#include "importers/feature_stream.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <cstdio>
#include <string_view>

namespace {

void write_features(bool is_osm) {
    std::string frames;
    for (int i = 0; i < 100; ++i) {
        const keyaki::geo::Feature feature{std::to_string(i), keyaki::geo::Geometry::point({139.5, 35.7}), {}};
        if (is_osm) {
            keyaki::importers::write_osm_frame(9, feature, frames); // points of interest
        } else {
            keyaki::importers::write_frame(feature, static_cast<std::uint64_t>(i) + 1, frames);
        }
    }
    std::fwrite(frames.data(), 1, frames.size(), stdout);
    std::fflush(stdout);
}

} // namespace

int main(int argc, char **argv) {
    if (!keyaki::importers::is_child_reader(argc, argv)) {
        return Catch::Session().run(argc, argv);
    }
    const bool is_osm = argv[1] == keyaki::importers::osm_child_reader_command;
    const std::string_view path = argv[2];
    if (path.ends_with("/kill me")) {
        write_features(is_osm);
        std::raise(SIGKILL);
    }
    if (path.ends_with("/write nonsense")) {
        write_features(is_osm);
        std::fwrite("nonsense nonsense nonsense", 1, 26, stdout);
        return 0;
    }
    if (path.ends_with("/say nothing")) {
        return 3;
    }
    return keyaki::importers::run_child_reader(argc, argv);
}
