// Texts of features are made once, are the same for all who ask, and never take more than their room.
#include "tiles/feature_texts.hpp"

#include "tiles/layer_snapshot.hpp"
#include "tiles/limits.hpp"
#include "tiles/snapshot_part.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace keyaki;
using namespace keyaki::tiles;

namespace {

std::shared_ptr<const LayerSnapshot> points(std::uint32_t count) {
    LayerSnapshot::Builder builder({"points", 1, 0, 14, "", "", ""});
    for (std::uint32_t i = 0; i < count; ++i) {
        builder.add({"p" + std::to_string(i), geo::Geometry::point({139.5 + i * 0.0001, 35.7}), {}});
    }
    return builder.finish();
}

std::atomic<int> written{0};

void write_id(std::string &out, const SnapshotPart &part, std::uint32_t index) {
    ++written;
    out += "<" + std::string(part.id(index)) + ">";
}

void write_much(std::string &out, const SnapshotPart & /*part*/, std::uint32_t /*index*/) {
    ++written;
    out.append(max_feature_text_block_bytes / 8, 'x');
}

} // namespace

TEST_CASE("a feature's text is kept once a neighbour was asked for too, and is its own") {
    const auto snapshot = points(1000);
    const SnapshotPart &part = *snapshot->parts().front().part;
    const FeatureTexts &texts = part.texts();
    written = 0;
    CHECK_FALSE(texts.find_or_make(5, write_id)); // alone it is written by who asks
    CHECK(written == 0);
    for (std::uint32_t index = 0; index < part.size(); ++index) {
        (void)texts.find_or_make(index, write_id);
    }
    for (std::uint32_t index = 0; index < part.size(); ++index) {
        REQUIRE(texts.find_or_make(index, write_id) == "<" + std::string(part.id(index)) + ">");
    }
    CHECK(written == 1000); // each once
}

TEST_CASE("long texts are not kept, and those of a layer that goes make room again") {
    const std::size_t before = FeatureTexts::bytes_in_use();
    {
        const auto snapshot = points(96);
        const FeatureTexts &texts = snapshot->parts().front().part->texts();
        written = 0;
        for (std::uint32_t round = 0; round < 3; ++round) {
            for (std::uint32_t index = 0; index < 96; ++index) {
                CHECK_FALSE(texts.find_or_make(index, write_much));
            }
        }
        CHECK(written == 3 * 9); // each block until it was too long, and never again
        CHECK(FeatureTexts::bytes_in_use() == before);
        const auto others = points(100);
        const FeatureTexts &short_texts = others->parts().front().part->texts();
        (void)short_texts.find_or_make(0, write_id);
        CHECK(short_texts.find_or_make(1, write_id));
        CHECK(FeatureTexts::bytes_in_use() > before);
    }
    CHECK(FeatureTexts::bytes_in_use() == before);
}

TEST_CASE("kept texts never take more than their room, whoever asks at one time") {
    written = 0;
    const auto fill = [](std::string &out, const SnapshotPart & /*part*/, std::uint32_t /*index*/) {
        ++written;
        out.append(max_feature_text_block_bytes / 40, 'x');
    };
    const auto snapshot = points(60'000);
    const FeatureTexts &texts = snapshot->parts().front().part->texts();
    std::atomic<bool> is_over = false;
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (std::uint32_t index = 0; index < 60'000; index += 8) {
                const auto text = texts.find_or_make(index, fill);
                is_over = is_over || FeatureTexts::bytes_in_use() > max_feature_text_bytes + 4 * 2 * max_feature_text_block_bytes;
                if (text && *text != std::string(max_feature_text_block_bytes / 40, 'x')) {
                    is_over = true;
                }
            }
        });
    }
    threads.clear();
    CHECK_FALSE(is_over);
    CHECK(FeatureTexts::bytes_in_use() <= max_feature_text_bytes);
    CHECK(FeatureTexts::bytes_in_use() > max_feature_text_bytes / 2);
    // With a full room nothing is written in vain.
    const int until_full = written;
    for (std::uint32_t index = 50'000; index < 60'000; ++index) {
        (void)texts.find_or_make(index, fill);
    }
    CHECK(written == until_full);
}
