#include "server/event_hub.hpp"

#include "server/limits.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

using namespace keyaki;
using namespace std::chrono_literals;
using server::EventHub;
using server::Publication;

namespace {

/// Keeps what it hears, as a client would.
class Ear : public server::http::StreamWriter {
  public:
    bool write(std::string_view bytes) override {
        const std::lock_guard lock(m_mutex);
        if (!m_is_open) {
            return false;
        }
        m_heard += bytes;
        m_changed.notify_all();
        return true;
    }
    void finish() override {
        const std::lock_guard lock(m_mutex);
        m_is_open = false;
    }
    [[nodiscard]] bool is_open() const override {
        const std::lock_guard lock(m_mutex);
        return m_is_open;
    }
    /// Waits until it has heard the text; what it has heard then.
    std::string hears(const std::string &text) {
        std::unique_lock lock(m_mutex);
        CHECK(m_changed.wait_for(lock, 20s, [&] { return m_heard.find(text) != std::string::npos; }));
        return m_heard;
    }

  private:
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::string m_heard;
    bool m_is_open = true;
};

std::shared_ptr<const tiles::LayerSnapshot> snapshot_of(std::uint64_t revision, double lon_deg) {
    tiles::LayerSnapshot::Builder builder({"stands", revision, 13, 14, "", "", ""});
    builder.add({"a", geo::Geometry::point({lon_deg, 35.78}), {}});
    return builder.finish();
}

Publication publication_of(std::uint64_t revision, bool is_for_staff = false) {
    return {"stands", revision - 1, revision, is_for_staff, snapshot_of(revision - 1, 139.515), snapshot_of(revision, 139.518), {"a"}, 13, 14};
}

EventHub::CurrentRevisions with_stands() {
    return [] { return std::vector<EventHub::LayerRevision>{{"stands", 7, false}, {"works", 3, true}}; };
}

server::IsStaff nobody() { return server::nobody_is_staff; }
server::IsStaff everyone() {
    return [](std::string_view /*layer*/) { return true; };
}

/// The id of the last event in what was heard.
std::string last_id(const std::string &heard) {
    const std::size_t begin = heard.rfind("\nid: ") + 5;
    return heard.substr(begin, heard.find('\n', begin) - begin);
}

} // namespace

TEST_CASE("who begins to listen hears what each layer has, then each publish with the tiles that it changed") {
    EventHub hub(with_stands());
    const auto ear = std::make_shared<Ear>();
    hub.listen(ear, nobody, "");
    CHECK(ear->hears("event: state").find(R"(data: {"layers":{"stands":7},"archives":{}})") != std::string::npos);
    hub.announce(publication_of(8));
    const std::string heard = ear->hears("event: layer-published");
    CHECK(heard.find(R"(data: {"layer":"stands","before":7,"revision":8,"tiles":[{"zoom":13,"tiles":[[7270,3223]]},{"zoom":14,)") !=
          std::string::npos);
    CHECK(heard.find("retry: ") == 0);
}

TEST_CASE("who comes back hears what was published meanwhile, and a stranger's or forgotten id gets the whole state") {
    EventHub hub(with_stands());
    const auto first = std::make_shared<Ear>();
    hub.listen(first, nobody, "");
    const std::string begin = last_id(first->hears("event: state"));
    hub.announce(publication_of(8));
    hub.announce(publication_of(9));
    first->hears("\"revision\":9");
    const auto back = std::make_shared<Ear>();
    hub.listen(back, nobody, begin);
    const std::string heard = back->hears("\"revision\":9");
    CHECK(heard.find("\"revision\":8") < heard.find("\"revision\":9"));
    CHECK(heard.find("event: state") == std::string::npos);
    for (const std::string &id :
         {std::string("0123456789abcdef-1"), begin + "x", begin + "99", begin.substr(0, 16), std::string("\xff-1"), std::string("-")}) {
        CAPTURE(id);
        const auto stranger = std::make_shared<Ear>();
        hub.listen(stranger, nobody, id);
        stranger->hears("event: state");
    }
    for (std::uint64_t revision = 10; revision < 12 + server::max_kept_events; ++revision) {
        hub.announce(publication_of(revision));
    }
    first->hears("\"revision\":" + std::to_string(11 + server::max_kept_events));
    const auto late = std::make_shared<Ear>();
    hub.listen(late, nobody, begin);
    late->hears("event: state");
}

TEST_CASE("what is published for staff is heard by staff alone, now and when they come back, and no more once they are not") {
    EventHub hub(with_stands());
    const auto anyone = std::make_shared<Ear>();
    const auto staff = std::make_shared<Ear>();
    const auto former = std::make_shared<Ear>();
    std::atomic<bool> is_still_staff{true};
    hub.listen(anyone, nobody, "");
    hub.listen(staff, everyone, "");
    hub.listen(
        former, [&]() -> server::IsStaff { return [&](std::string_view /*layer*/) { return is_still_staff.load(); }; }, "");
    const std::string begin = last_id(staff->hears("\"works\":3"));
    CHECK(anyone->hears("event: state").find("works") == std::string::npos);
    is_still_staff = false;
    hub.announce(publication_of(8, true));
    hub.announce(publication_of(9));
    CHECK(staff->hears("\"revision\":9").find("\"revision\":8") != std::string::npos);
    CHECK(anyone->hears("\"revision\":9").find("\"revision\":8") == std::string::npos);
    CHECK(former->hears("\"revision\":9").find("\"revision\":8") == std::string::npos);
    const auto back = std::make_shared<Ear>();
    hub.listen(back, nobody, begin);
    CHECK(back->hears("\"revision\":9").find("\"revision\":8") == std::string::npos);
}

TEST_CASE("listeners are bounded, and those who have gone make room") {
    EventHub hub(with_stands());
    std::vector<std::shared_ptr<Ear>> ears;
    for (std::size_t count = 0; count < server::max_event_listeners; ++count) {
        CHECK(hub.has_room());
        ears.push_back(std::make_shared<Ear>());
        hub.listen(ears.back(), nobody, "");
    }
    CHECK_FALSE(hub.has_room());
    const auto late = std::make_shared<Ear>();
    hub.listen(late, nobody, "");
    CHECK_FALSE(late->is_open());
    ears.front()->finish();
    CHECK(hub.has_room());
    hub.announce(publication_of(8));
    ears.back()->hears("\"revision\":8");
    CHECK(hub.listeners() == server::max_event_listeners - 1);
}

TEST_CASE("a silent stream gives signs of life") {
    EventHub hub(with_stands(), 1ms);
    const auto ear = std::make_shared<Ear>();
    hub.listen(ear, nobody, "");
    ear->hears("\n\n:\n\n");
}

TEST_CASE("a publish whose changes are not known tells that all tiles may have changed, and why") {
    EventHub hub(with_stands());
    const auto ear = std::make_shared<Ear>();
    hub.listen(ear, nobody, "");
    Publication made = publication_of(8);
    server::forget_content(made);
    CHECK(made.snapshot == nullptr); // what waits holds no layer in memory
    hub.announce(std::move(made));
    Publication newcomer = publication_of(1);
    newcomer.old_snapshot.reset();
    hub.announce(std::move(newcomer));
    const std::string heard = ear->hears("\"revision\":1,");
    CHECK(
        heard.find(R"("tiles":[{"zoom":13,"tiles":"all","reason":"too-many-publishes"},{"zoom":14,"tiles":"all","reason":"too-many-publishes"}])") !=
        std::string::npos);
    CHECK(heard.find(R"({"zoom":13,"tiles":"all","reason":"new-layer"})") != std::string::npos);
}

TEST_CASE("whoever brings a publish into service does not wait for the question who a listener is") {
    EventHub hub(with_stands());
    const auto ear = std::make_shared<Ear>();
    std::mutex database;
    std::unique_lock busy(database);
    std::atomic<bool> is_asked = false;
    hub.listen(ear, everyone, "");
    // From now on, the question takes until the database is free.
    const auto waiting = std::make_shared<Ear>();
    std::jthread late([&] {
        hub.listen(
            waiting,
            [&] {
                is_asked = true;
                is_asked.notify_all();
                const std::lock_guard asks(database);
                return everyone();
            },
            "");
    });
    is_asked.wait(false);
    hub.announce(publication_of(8)); // returns, though the hub is asking
    busy.unlock();
    late.join();
    CHECK(ear->hears("\"revision\":8,").find("\"tiles\"") != std::string::npos);
    CHECK(waiting->hears("\"revision\":8,").find("event: state") != std::string::npos);
}
