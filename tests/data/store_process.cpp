// A second process on the same database, for tests:
//   store_process import FILE COUNT   imports COUNT features into the layer "shelters" and publishes them
//   store_process hang FILE COUNT     puts COUNT features, says "put" and waits to be killed
//   store_process write FILE COUNT    writes COUNT audit entries
#include "data/store.hpp"

#include <cstdio>
#include <exception>
#include <string>

#include <unistd.h>

using namespace keyaki;

namespace {

constexpr std::int64_t some_time_us = 1'775'955'600'000'000;

void put_many(data::DraftWriter &writer, int count) {
    for (int number = 0; number < count; ++number) {
        geo::Feature feature;
        feature.id = "other/" + std::to_string(number);
        feature.geometry = geo::Geometry::point({139 + number % 1000 / 1000.0, 35 + number % 997 / 1000.0});
        feature.properties.append("number", std::int64_t{number});
        writer.put(std::move(feature));
    }
}

void run(const std::string &what, const char *file, int count) {
    const auto store = data::open_store({.file = file});
    if (what == "write") {
        for (int number = 0; number < count; ++number) {
            store->write([&](data::WriteTransaction &change) {
                change.insert_audit({some_time_us, "staff:other", "test", "entry " + std::to_string(number), "{}"});
            });
        }
        return;
    }
    const auto writer = store->write_draft("shelters", data::Store::DraftMode::merge, "staff:other");
    put_many(*writer, count);
    if (what == "hang") {
        std::puts("put");
        std::fflush(stdout);
        ::pause();
    }
    writer->commit();
    store->write([](data::WriteTransaction &change) { change.publish("shelters", "staff:other", "from another process", true, some_time_us); });
}

} // namespace

int main(int count, char **arguments) {
    if (count != 4) {
        return 2;
    }
    try {
        run(arguments[1], arguments[2], std::stoi(arguments[3]));
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
