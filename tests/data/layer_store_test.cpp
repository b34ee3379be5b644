#include "tests/data/data_fixture.hpp"

#include "data/database.hpp"
#include "data/limits.hpp"
#include "geo/error.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>

using namespace keyaki;
using namespace keyaki::test;
using data::Store;
using geo::ErrorKind;

namespace {

template <typename Function>
ErrorKind kind_thrown_by(Function &&function) {
    try {
        function();
    } catch (const geo::Error &error) {
        INFO(error.what());
        CHECK(std::string_view(error.what()).find("SELECT") == std::string_view::npos);
        return error.kind();
    }
    FAIL("nothing was thrown");
    return ErrorKind::internal;
}

std::vector<geo::Feature> three_shelters() {
    return {point_feature("a", 139.51, 35.78, 100), point_feature("b", 139.52, 35.79, 200), point_feature("c", 139.53, 35.77, 300)};
}

} // namespace

TEST_CASE("a new layer has no revision, no features and no draft") {
    StoreFixture fixture;
    const auto layer = fixture.store().find_layer("shelters");
    REQUIRE(layer);
    CHECK(layer->spec == layer_spec("shelters"));
    CHECK(layer->revision == 0);
    CHECK(layer->published_at_us == 0);
    CHECK(layer->feature_count == 0);
    CHECK(layer->bounds.empty());
    CHECK_FALSE(layer->has_draft);
    CHECK(published(fixture.store()).empty());
    CHECK(fixture.store().revisions("shelters").empty());
    CHECK(fixture.store().check().empty());
}

TEST_CASE("an import shows in the draft only, and publishing makes it revision 1") {
    StoreFixture fixture;
    const auto changes = fixture.import(three_shelters());
    CHECK(changes.added == 3);
    CHECK(changes.changed + changes.removed + changes.unchanged == 0);
    CHECK(published(fixture.store()).empty());
    CHECK(draft(fixture.store()).size() == 3);
    CHECK(fixture.store().find_layer("shelters")->has_draft);

    const auto revision = fixture.publish("new list of the city");
    CHECK(revision.number == 1);
    CHECK(fixture.store().find_layer("shelters")->published_at_us == revision.published_at_us);
    CHECK(revision.added == 3);
    CHECK(revision.feature_count == 3);
    const auto layer = *fixture.store().find_layer("shelters");
    CHECK(layer.revision == 1);
    CHECK(layer.feature_count == 3);
    CHECK(layer.bounds == geo::LonLatBox{139.51, 35.77, 139.53, 35.79});
    CHECK_FALSE(layer.has_draft);
    CHECK(published(fixture.store()).at("b") == three_shelters()[1]);
    const auto history = fixture.store().revisions("shelters");
    REQUIRE(history.size() == 1);
    CHECK(history[0].message == "new list of the city");
    CHECK(history[0].author == "staff:hanako");
    CHECK(history[0].published_at_us == some_time_us);
    CHECK(fixture.store().check().empty());
}

TEST_CASE("a replacing import removes what it does not hold, and leaves what is the same") {
    StoreFixture fixture;
    fixture.import(three_shelters());
    fixture.publish();
    const auto changes = fixture.import({three_shelters()[0], point_feature("b", 139.52, 35.79, 250), point_feature("d", 139.6, 35.8, 1)});
    CHECK(changes.added == 1);
    CHECK(changes.changed == 1);
    CHECK(changes.removed == 1);
    CHECK(changes.unchanged == 1);
    std::set<std::string> seen;
    fixture.store().read_draft_changes("shelters", [&](data::Change &&change) {
        switch (change.kind) {
        case data::ChangeKind::added:
            CHECK_FALSE(change.before);
            seen.insert("added " + change.after->id);
            break;
        case data::ChangeKind::changed:
            CHECK(*change.before == three_shelters()[1]);
            seen.insert("changed " + change.after->id);
            break;
        case data::ChangeKind::removed:
            CHECK_FALSE(change.after);
            seen.insert("removed " + change.before->id);
            break;
        }
    });
    CHECK(seen == std::set<std::string>{"added d", "changed b", "removed c"});
    CHECK(published(fixture.store()).size() == 3);
    fixture.publish();
    CHECK(published(fixture.store()).count("c") == 0);
    CHECK(read(fixture.store(), "shelters", data::LayerState::at(1)).size() == 3);
    CHECK(fixture.store().find_layer("shelters")->bounds == geo::LonLatBox{139.51, 35.78, 139.6, 35.8});
    CHECK(fixture.store().check().empty());
}

TEST_CASE("importing the same again changes nothing and leaves no draft") {
    StoreFixture fixture;
    fixture.import(three_shelters());
    fixture.publish();
    const auto changes = fixture.import(three_shelters());
    CHECK(changes.added + changes.changed + changes.removed == 0);
    CHECK(changes.unchanged == 3);
    CHECK_FALSE(fixture.store().find_layer("shelters")->has_draft);
    CHECK(kind_thrown_by([&] { fixture.publish(); }) == ErrorKind::conflict);
}

TEST_CASE("merging imports pile up in one draft") {
    StoreFixture fixture;
    fixture.import(three_shelters());
    fixture.publish();
    fixture.import({point_feature("a", 139.0, 35.0, 1)}, Store::DraftMode::merge);
    fixture.import({point_feature("a", 139.1, 35.1, 2), point_feature("e", 139.2, 35.2, 3)}, Store::DraftMode::merge);
    auto writer = fixture.store().write_draft("shelters", Store::DraftMode::merge, "staff:taro");
    writer->remove("b");
    writer->remove("nobody knows it");
    const auto changes = writer->commit();
    CHECK(changes.added == 1);
    CHECK(changes.changed == 1);
    CHECK(changes.removed == 1);
    CHECK(changes.unchanged == 1);
    CHECK(draft(fixture.store()).at("a") == point_feature("a", 139.1, 35.1, 2));
    CHECK(fixture.store().check().empty());
    fixture.publish();
    CHECK(published(fixture.store()).size() == 3);
    CHECK(fixture.store().check().empty());
}

TEST_CASE("a draft that comes back to what is published is no draft any more") {
    StoreFixture fixture;
    fixture.import(three_shelters());
    fixture.publish();
    fixture.import({point_feature("a", 139.0, 35.0, 1)}, Store::DraftMode::merge);
    const auto changes = fixture.import({three_shelters()[0]}, Store::DraftMode::merge);
    CHECK(changes.changed == 0);
    CHECK_FALSE(fixture.store().find_layer("shelters")->has_draft);
    CHECK(draft(fixture.store()) == published(fixture.store()));
    CHECK(fixture.store().check().empty());
}

TEST_CASE("discarding a draft takes it away at once, and the next import begins from what is published") {
    StoreFixture fixture;
    fixture.import(three_shelters());
    fixture.publish();
    fixture.import({point_feature("b", 139.0, 35.0, 1)});
    data::DraftChanges discarded;
    fixture.store().write(
        [&](data::WriteTransaction &transaction) { discarded = transaction.discard_draft("shelters", "staff:taro", some_time_us); });
    CHECK(discarded.changed == 1);
    CHECK(discarded.removed == 2);
    CHECK_FALSE(fixture.store().find_layer("shelters")->has_draft);
    CHECK(draft(fixture.store()) == published(fixture.store()));
    CHECK(fixture.import({point_feature("d", 139.0, 35.0, 1)}, Store::DraftMode::merge).added == 1);
    fixture.publish();
    CHECK(published(fixture.store()).size() == 4);
    CHECK(published(fixture.store()).at("b") == three_shelters()[1]);
    CHECK(fixture.store().check().empty());
}

TEST_CASE("a rollback publishes older content under a new number") {
    StoreFixture fixture;
    fixture.import(three_shelters());
    fixture.publish();
    const Features first = published(fixture.store());
    fixture.import({point_feature("a", 139.0, 35.0, 1), point_feature("z", 139.9, 35.9, 9)});
    fixture.publish();
    const Features second = published(fixture.store());
    const auto revision = fixture.rollback(1);
    CHECK(revision.number == 3);
    CHECK(revision.content_of == 1);
    CHECK(revision.added == 2);
    CHECK(revision.changed == 1);
    CHECK(revision.removed == 1);
    CHECK(published(fixture.store()) == first);
    CHECK(fixture.store().find_layer("shelters")->bounds == geo::LonLatBox{139.51, 35.77, 139.53, 35.79});
    CHECK(read(fixture.store(), "shelters", data::LayerState::at(2)) == second);
    CHECK(fixture.rollback(2).number == 4);
    CHECK(published(fixture.store()) == second);
    CHECK(kind_thrown_by([&] { fixture.rollback(4); }) == ErrorKind::conflict);
    CHECK(kind_thrown_by([&] { fixture.rollback(9); }) == ErrorKind::not_found);
    CHECK(fixture.store().check().empty());
}

TEST_CASE("a rollback keeps the draft, laid over the content that came back") {
    StoreFixture fixture;
    fixture.import(three_shelters()); // a b c
    fixture.publish();
    fixture.import({point_feature("b", 139.0, 35.0, 1), point_feature("d", 139.1, 35.1, 1), point_feature("e", 139.2, 35.2, 2)});
    fixture.publish(); // b' d e
    auto writer = fixture.store().write_draft("shelters", Store::DraftMode::merge, "staff:taro");
    writer->put(point_feature("a", 139.3, 35.3, 7)); // is in revision 1, not in 2
    writer->put(point_feature("f", 139.4, 35.4, 8)); // in neither
    writer->remove("b");                             // in both, with different content
    writer->remove("d");                             // in revision 2 only
    writer->commit();
    fixture.rollback(1);
    const Features kept = draft(fixture.store());
    CHECK(kept.size() == 3);
    CHECK(kept.at("a") == point_feature("a", 139.3, 35.3, 7));
    CHECK(kept.at("c") == three_shelters()[2]);
    CHECK(kept.count("f") == 1);
    const auto changes = fixture.store().draft_changes("shelters");
    CHECK(changes.added == 1);
    CHECK(changes.changed == 1);
    CHECK(changes.removed == 1);
    CHECK(fixture.store().check().empty());
    fixture.publish();
    CHECK(published(fixture.store()) == kept);
    CHECK(fixture.store().check().empty());
}

TEST_CASE("publishing that removes more than a tenth of a layer wants a confirmation") {
    StoreFixture fixture;
    std::vector<geo::Feature> many;
    for (int number = 0; number < 200; ++number) {
        many.push_back(point_feature("f" + std::to_string(number), 139 + number / 1000.0, 35, number));
    }
    fixture.import(many);
    fixture.publish("first", false);
    many.resize(180); // exactly a tenth
    fixture.import(many);
    CHECK_NOTHROW(fixture.publish("a tenth", false));
    many.resize(150);
    fixture.import(many);
    CHECK(kind_thrown_by([&] { fixture.publish("more", false); }) == ErrorKind::conflict);
    CHECK(fixture.publish("more, and meant", true).removed == 30);
    CHECK(fixture.store().find_layer("shelters")->bounds == geo::LonLatBox{139, 35, 139.149, 35});
}

TEST_CASE("the same id twice in one import is refused, and nothing of it stays") {
    StoreFixture fixture;
    CHECK(kind_thrown_by([&] { fixture.import({three_shelters()[0], three_shelters()[0]}); }) == ErrorKind::conflict);
    fixture.import(three_shelters());
    fixture.publish();
    CHECK(kind_thrown_by([&] { fixture.import({three_shelters()[0], three_shelters()[0]}); }) == ErrorKind::conflict);
    CHECK(kind_thrown_by([&] {
              auto writer = fixture.store().write_draft("shelters", Store::DraftMode::merge, "staff:taro");
              writer->put(point_feature("new", 139, 35));
              writer->remove("new");
              writer->commit();
          }) == ErrorKind::conflict);
    CHECK_FALSE(fixture.store().find_layer("shelters")->has_draft);
    CHECK(draft(fixture.store()) == published(fixture.store()));
}

TEST_CASE("a layer that is opened to everyone keeps its staff's revisions to itself, whatever is changed of it later") {
    StoreFixture fixture;
    data::LayerSpec spec = layer_spec("shelters");
    const auto update = [&](data::Visibility visibility) {
        spec.visibility = visibility;
        fixture.store().write([&](data::WriteTransaction &transaction) { transaction.update_layer(spec, "staff:hanako", some_time_us); });
        return fixture.store().find_layer("shelters")->public_from;
    };
    update(data::Visibility::staff);
    fixture.import(three_shelters());
    fixture.publish();
    fixture.import({three_shelters()[0]});
    fixture.publish();
    CHECK(update(data::Visibility::everyone) == 2);
    fixture.import(three_shelters());
    fixture.publish();
    spec.title_en = "Places of refuge";
    CHECK(update(data::Visibility::everyone) == 2);
    update(data::Visibility::staff);
    CHECK(update(data::Visibility::everyone) == 3);
}

TEST_CASE("the kind of geometry of a layer is not changed under an import that was begun with another") {
    StoreFixture fixture;
    data::LayerSpec spec = layer_spec("shelters");
    spec.geometry = data::LayerGeometry::line;
    const auto update = [&] {
        fixture.store().write([&](data::WriteTransaction &transaction) { transaction.update_layer(spec, "staff:hanako", some_time_us); });
    };
    {
        const auto writer = fixture.store().write_draft("shelters", Store::DraftMode::replace, "staff:taro");
        CHECK_THROWS_WITH(update(), "the geometry of layer shelters cannot change while an import into it is running");
        writer->put(point_feature("a", 139.51, 35.78));
        writer->commit();
    }
    CHECK_THROWS_WITH(update(), "layer shelters cannot become a layer of lines: it holds a Point");
    CHECK(fixture.store().find_layer("shelters")->spec.geometry == data::LayerGeometry::any);
}

TEST_CASE("changes read backwards are the changes forwards with before and after exchanged") {
    StoreFixture fixture;
    fixture.import(three_shelters());
    fixture.publish();
    fixture.import({point_feature("a", 139.51, 35.78, 101), three_shelters()[1], point_feature("d", 139, 35)});
    fixture.publish();
    const auto changes = [&](std::uint64_t from, std::uint64_t to) {
        std::map<std::string, std::pair<std::optional<geo::Feature>, std::optional<geo::Feature>>> found;
        fixture.store().read_changes("shelters", from, to, [&](data::Change &&change) {
            CHECK((change.kind == data::ChangeKind::added) == !change.before);
            CHECK((change.kind == data::ChangeKind::removed) == !change.after);
            const std::string id = change.after ? change.after->id : change.before->id;
            found[id] = {std::move(change.before), std::move(change.after)};
        });
        return found;
    };
    const auto forwards = changes(1, 2);
    auto backwards = changes(2, 1);
    CHECK(forwards.size() == 3); // a changed, c went, d came
    for (auto &[id, states] : backwards) {
        std::swap(states.first, states.second);
    }
    CHECK(backwards == forwards);
}

TEST_CASE("an import or an edit that meets a damaged version says so and writes nothing") {
    StoreFixture fixture;
    fixture.import(three_shelters());
    fixture.publish();
    fixture.close();
    {
        data::Connection connection(fixture.file(), data::Access::write);
        connection.execute("UPDATE layer_shelters SET content_hash = x'00' WHERE feature_id = 'b'");
    }
    fixture.reopen();
    CHECK_THROWS_WITH(fixture.import({three_shelters()[1]}, Store::DraftMode::merge), "the hash of a feature is damaged: expected 16 bytes, found 1");
    const data::FeatureEdit removal{data::EditKind::remove, three_shelters()[1], std::nullopt, false};
    CHECK_THROWS_WITH(static_cast<void>(fixture.store().edit_features(
                          {"shelters", data::LayerEdit::Target::published, {removal}, "staff:hanako", "", some_time_us, std::nullopt})),
                      "the hash of a feature is damaged: expected 16 bytes, found 1");
    CHECK(published(fixture.store()).size() == 3);
    CHECK_FALSE(fixture.store().find_layer("shelters")->has_draft);
}

TEST_CASE("the city has the name that was given last, and the audit log says each change once") {
    StoreFixture fixture;
    CHECK_FALSE(fixture.store().city());
    const auto put = [&](const data::CityName &name) {
        fixture.store().write([&](data::WriteTransaction &transaction) { transaction.put_city(name, "staff:hanako", some_time_us); });
    };
    put({"清瀬", "Kiyose"});
    put({"清瀬市", "Kiyose"});
    put({"清瀬市", "Kiyose"});
    CHECK_THROWS_AS(put({"", "Kiyose"}), geo::Error);
    CHECK(fixture.store().city() == data::CityName{"清瀬市", "Kiyose"});
    const auto lines = fixture.store().audit(100);
    CHECK(std::count_if(lines.begin(), lines.end(), [](const data::AuditEntry &line) { return line.action == "city.put"; }) == 2);
}

TEST_CASE("an import of which a piece was refused can neither go on nor be committed, and the next one begins clean") {
    StoreFixture fixture;
    fixture.import(three_shelters());
    fixture.publish();
    {
        const auto writer = fixture.store().write_draft("shelters", Store::DraftMode::merge, "staff:taro");
        writer->put(point_feature("a", 1, 1));
        writer->put(point_feature("a", 2, 2));
        CHECK(kind_thrown_by([&] {
                  for (int number = 0; number < 1000; ++number) { // the piece is full, and is compared
                      writer->put(point_feature("new" + std::to_string(number), 139, 35));
                  }
              }) == ErrorKind::conflict);
        CHECK_THROWS_WITH(writer->put(point_feature("z", 1, 1)), "an import into layer shelters that failed was to go on; begin again");
        CHECK_THROWS_WITH(writer->commit(), "an import into layer shelters that failed was to go on; begin again");
    }
    CHECK(draft(fixture.store()) == published(fixture.store()));
    CHECK(fixture.import({point_feature("z", 1, 1)}, Store::DraftMode::merge).added == 1);
    CHECK(fixture.store().check().empty());
}

TEST_CASE("an import whose lock cannot be taken is refused with the file's name before anything is written") {
    StoreFixture fixture;
    const std::filesystem::path lock = fixture.file().string() + "-imports";
    std::filesystem::remove(lock);
    std::filesystem::create_directory(lock);
    CHECK_THROWS_WITH(fixture.import(three_shelters()), Catch::Contains("cannot open the lock file " + lock.string()));
    std::filesystem::remove(lock);
    CHECK(fixture.import(three_shelters()).added == 3);
    CHECK(fixture.store().check().empty());
}

TEST_CASE("properties past the columns of the view are kept, and the view shows the first 300") {
    StoreFixture fixture;
    geo::Feature wide = point_feature("wide", 139, 35);
    for (int number = 0; number < 400; ++number) {
        wide.properties.set("property" + std::to_string(number), std::int64_t{number});
    }
    fixture.import({wide});
    fixture.publish();
    CHECK(published(fixture.store()) == Features{{"wide", wide}});
    fixture.close();
    data::Connection connection(fixture.file(), data::Access::read);
    CHECK(connection.query_int64("SELECT property297 FROM shelters") == 297); // with name and capacity the 300th
    CHECK_THROWS_AS(connection.query_int64("SELECT property298 FROM shelters"), geo::Error);
}

TEST_CASE("an import that is not committed leaves nothing behind") {
    StoreFixture fixture;
    {
        auto writer = fixture.store().write_draft("shelters", Store::DraftMode::replace, "staff:taro");
        for (int number = 0; number < 5000; ++number) {
            writer->put(point_feature(std::to_string(number), 139, 35, number));
        }
        CHECK(draft(fixture.store()).empty());
    }
    CHECK(fixture.import(three_shelters()).added == 3);
    fixture.publish();
    {
        auto writer = fixture.store().write_draft("shelters", Store::DraftMode::replace, "staff:taro");
        writer->put(point_feature("a", 1, 1, 1));
        writer->remove("b");
    }
    CHECK(draft(fixture.store()) == published(fixture.store()));
    CHECK(fixture.store().check().empty());
    fixture.reopen();
    CHECK(fixture.import({}).removed == 3);
    CHECK(fixture.store().check().empty());
}

TEST_CASE("a first import that was given up is no damage of the spatial index, swept or not") {
    StoreFixture fixture;
    for (int round = 0; round < 5; ++round) {
        {
            const auto writer = fixture.store().write_draft("shelters", data::Store::DraftMode::replace, "test");
            for (int i = 0; i < 3000; ++i) {
                writer->put(point_feature(std::to_string(i), 139.5, 35.7));
            }
        }
        for (int look = 0; look < 20; ++look) { // before, between and after the pieces of the sweep
            REQUIRE(fixture.store().check() == std::vector<std::string>());
        }
    }
}

TEST_CASE("a new layer can be taken away again, one with a draft or a revision cannot") {
    StoreFixture fixture;
    data::Store &store = fixture.store();
    const auto forget = [&] { store.write([](data::WriteTransaction &books) { books.forget_layer("shelters", "test", some_time_us); }); };
    {
        const auto writer = store.write_draft("shelters", data::Store::DraftMode::replace, "test");
        writer->put(point_feature("a", 139.5, 35.7));
        CHECK_THROWS_WITH(forget(), Catch::Contains("is being imported into"));
    }
    forget();
    CHECK_FALSE(store.find_layer("shelters"));
    CHECK(store.check() == std::vector<std::string>());
    store.write([](data::WriteTransaction &books) { books.create_layer(layer_spec("shelters"), "test", some_time_us); });
    fixture.import({point_feature("a", 139.5, 35.7)});
    CHECK_THROWS_WITH(forget(), Catch::Contains("has a draft"));
    fixture.publish();
    CHECK_THROWS_WITH(forget(), Catch::Contains("has been published"));
    CHECK(published(store).size() == 1);
}

TEST_CASE("two imports into one layer at the same time: the second is refused with a sentence") {
    StoreFixture fixture;
    auto first = fixture.store().write_draft("shelters", Store::DraftMode::replace, "staff:hanako");
    CHECK(kind_thrown_by([&] { (void)fixture.store().write_draft("shelters", Store::DraftMode::merge, "staff:taro"); }) == ErrorKind::conflict);
    CHECK(kind_thrown_by([&] {
              fixture.store().write([](data::WriteTransaction &transaction) { transaction.discard_draft("shelters", "staff:taro", some_time_us); });
          }) == ErrorKind::conflict);
    fixture.store().write([](data::WriteTransaction &transaction) { transaction.create_layer(layer_spec("parks"), "staff:taro", some_time_us); });
    CHECK_NOTHROW(fixture.store().write_draft("parks", Store::DraftMode::merge, "staff:taro"));
    first.reset();
    CHECK_NOTHROW(fixture.store().write_draft("shelters", Store::DraftMode::merge, "staff:taro"));
}

TEST_CASE("a layer takes only its kind of geometry") {
    StoreFixture fixture;
    data::LayerSpec spec = layer_spec("shelters");
    spec.geometry = data::LayerGeometry::polygon;
    fixture.store().write([&](data::WriteTransaction &transaction) { transaction.update_layer(spec, "staff:taro", some_time_us); });
    CHECK(kind_thrown_by([&] { fixture.import(three_shelters()); }) == ErrorKind::invalid_input);
    spec.geometry = data::LayerGeometry::point;
    fixture.store().write([&](data::WriteTransaction &transaction) { transaction.update_layer(spec, "staff:taro", some_time_us); });
    fixture.import(three_shelters());
    spec.geometry = data::LayerGeometry::line;
    CHECK(kind_thrown_by([&] {
              fixture.store().write([&](data::WriteTransaction &transaction) { transaction.update_layer(spec, "staff:taro", some_time_us); });
          }) == ErrorKind::conflict);
}

TEST_CASE("what is not there is not found, and names that cannot be are refused") {
    StoreFixture fixture;
    auto &store = fixture.store();
    CHECK_FALSE(store.find_layer("parks"));
    CHECK_FALSE(store.find_layer("shelters; DROP TABLE keyaki_layers"));
    CHECK(kind_thrown_by([&] { store.read_features("parks", {}, [](geo::Feature &&) {}); }) == ErrorKind::not_found);
    CHECK(kind_thrown_by([&] { store.read_features("shelters", data::LayerState::at(1), [](geo::Feature &&) {}); }) == ErrorKind::not_found);
    CHECK(kind_thrown_by([&] { store.read_features("shelters", data::LayerState::at(0), [](geo::Feature &&) {}); }) == ErrorKind::not_found);
    CHECK(kind_thrown_by([&] { store.read_changes("shelters", 0, 1, [](data::Change &&) {}); }) == ErrorKind::not_found);
    CHECK(kind_thrown_by([&] { (void)store.revisions("x"); }) == ErrorKind::not_found);
    CHECK(kind_thrown_by([&] { (void)store.write_draft("x", Store::DraftMode::merge, "staff:taro"); }) == ErrorKind::not_found);
    const auto create = [&](std::string_view id) {
        store.write([&](data::WriteTransaction &transaction) { transaction.create_layer(layer_spec(id), "staff:taro", some_time_us); });
    };
    CHECK(kind_thrown_by([&] { create("shelters"); }) == ErrorKind::conflict);
    CHECK(kind_thrown_by([&] { create("keyaki_layers"); }) == ErrorKind::conflict);
    CHECK(kind_thrown_by([&] { create("geometry_columns"); }) == ErrorKind::conflict);
    CHECK(kind_thrown_by([&] { create("layer_shelters"); }) == ErrorKind::conflict);
    CHECK(kind_thrown_by([&] { create("Shelters"); }) == ErrorKind::invalid_input);
    CHECK(kind_thrown_by([&] { create("避難所"); }) == ErrorKind::invalid_input);
    CHECK(kind_thrown_by([&] { create(""); }) == ErrorKind::invalid_input);
    for (const char *keyword : {"order", "table", "select", "group", "index"}) {
        create(keyword);
    }
    CHECK(store.layers().size() == 6);
}

TEST_CASE("ids and properties keep every kind of Unicode and every type") {
    StoreFixture fixture;
    std::vector<geo::Feature> features;
    for (const std::string &text :
         {std::string("避難所①"), std::string("𠮷野家"), std::string("e\u0301"), std::string("é"), std::string("'; DROP TABLE x; --"),
          std::string("a/b c%2F?#"), std::string("😀👨‍👩‍👧"), std::string("\u200b"), std::string("tab\tand\nline"),
          std::string("quote\"back\\slash"), std::string("with\0zero", 9), std::string(data::feature_id_bytes_max, 'x')}) {
        geo::Feature feature = point_feature(text, 139, 35);
        feature.properties.set(text, text);
        feature.properties.set("null", std::monostate());
        feature.properties.set("yes", true);
        feature.properties.set("int", std::int64_t{-9007199254740993});
        feature.properties.set("whole", 5.0);
        feature.properties.set("small", 5e-324);
        feature.properties.set("tenth", 0.1);
        features.push_back(std::move(feature));
    }
    fixture.import(features);
    fixture.publish();
    const Features found = published(fixture.store());
    CHECK(found.size() == features.size());
    for (const geo::Feature &feature : features) {
        CHECK(found.at(feature.id) == feature);
    }
    CHECK(fixture.import(features).unchanged == features.size());
    CHECK(fixture.store().check().empty());
}

TEST_CASE("features that cannot be stored are refused one by one, and the import goes on without them") {
    StoreFixture fixture;
    auto writer = fixture.store().write_draft("shelters", Store::DraftMode::replace, "staff:taro");
    CHECK(kind_thrown_by([&] { writer->put(point_feature("", 139, 35)); }) == ErrorKind::invalid_input);
    CHECK(kind_thrown_by([&] { writer->put(point_feature("far", 1139, 35)); }) == ErrorKind::invalid_input);
    CHECK(kind_thrown_by([&] { writer->put(point_feature(std::string(data::feature_id_bytes_max + 1, 'x'), 139, 35)); }) == ErrorKind::too_large);
    geo::Feature infinite = point_feature("infinite", 139, 35);
    infinite.properties.set("height", std::numeric_limits<double>::infinity());
    CHECK(kind_thrown_by([&] { writer->put(std::move(infinite)); }) == ErrorKind::invalid_input);
    writer->put(point_feature("good", 139, 35));
    CHECK(writer->commit().added == 1);
}

TEST_CASE("what was written is there after closing and opening") {
    StoreFixture fixture;
    fixture.import(three_shelters());
    fixture.publish();
    fixture.import({point_feature("d", 139, 35)}, Store::DraftMode::merge);
    const Features before = published(fixture.store());
    const Features draft_before = draft(fixture.store());
    fixture.reopen();
    CHECK(published(fixture.store()) == before);
    CHECK(draft(fixture.store()) == draft_before);
    CHECK(fixture.store().draft_changes("shelters").added == 1);
    CHECK(fixture.store().check().empty());
}

TEST_CASE("publishing leaves an audit entry, and create and discard too") {
    StoreFixture fixture;
    fixture.import(three_shelters());
    fixture.publish();
    const auto entries = fixture.store().audit(10);
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].action == "layer.publish");
    CHECK(entries[0].subject == "shelters");
    CHECK(entries[1].action == "layer.create");
}
