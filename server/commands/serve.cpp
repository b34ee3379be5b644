#include "server/commands/command.hpp"

#include "server/application.hpp"
#include "server/http/server.hpp"
#include "server/limits.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdio>
#include <memory>

namespace keyaki::server::commands {

namespace {

/// Waits for SIGTERM or SIGINT; both were blocked before any thread began, so that they come here and nowhere else.
int wait_for_signal() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    int number = 0;
    while (sigwait(&signals, &number) != 0) {
    }
    return number;
}

void block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

http::ServerOptions server_options(const Settings &settings, Application &application) {
    http::ServerOptions options;
    options.address = settings.listen_address;
    options.port = settings.listen_port;
    options.on_request = [&application](const http::RequestSummary &summary) {
        application.metrics().count_request(summary);
        // The path only: queries may hold what people look for.
        spdlog::debug("{} {} {} {} {}", summary.request_id, http::method_name(summary.method), summary.target.substr(0, summary.target.find('?')),
                      summary.status, summary.bytes);
    };
    return options;
}

void serve(const Common &common) {
    const Settings settings = common.settings();
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("keyaki", std::make_shared<spdlog::sinks::stderr_sink_mt>()));
    spdlog::set_level(spdlog::level::from_str(settings.log_level));
    block_signals();
    Application application(settings, common.open(false, served_readers));
    http::Server server(server_options(settings, application), make_router(application));
    server.start();
    application.set_port(server.port());
    const bool is_ipv6 = settings.listen_address.find(':') != std::string::npos && settings.listen_address.front() != '[';
    const std::string address = is_ipv6 ? fmt::format("[{}]", settings.listen_address) : settings.listen_address;
    fmt::print("keyaki serves {} at http://{}:{}/\n", settings.database.string(), address, server.port());
    std::fflush(stdout);
    if (settings.public_url.empty() &&
        (settings.listen_address == "0.0.0.0" || settings.listen_address == "[::]" || settings.listen_address == "::")) {
        spdlog::warn("listening on every address without public_url: links in answers follow only requests to an IP address or localhost");
    }
    if (application.store().writer_statistics().is_read_only) {
        spdlog::warn("{} can only be read: the map is served, check-ins and other changes are refused", settings.database.string());
    }
    const int signal = wait_for_signal();
    spdlog::info("signal {}: finishing what is in flight", signal);
    server.drain_and_stop(drain_time);
}

} // namespace

void add_serve(CLI::App &keyaki) {
    auto *command = keyaki.add_subcommand("serve", "Serve the map, the layers and check-ins");
    command->footer("Example: keyaki serve --database city.sqlite --listen 127.0.0.1:8080 --public-url https://map.example.jp");
    const auto common = std::make_shared<Common>();
    add_common_options(*command, *common, false);
    command->add_option("--listen", common->given.listen, "Address and port (127.0.0.1:8080); port 0 takes a free one");
    command->add_option("--public-url", common->given.public_url, "Where the world finds this server");
    command->add_option("--log-level", common->given.log_level, "trace, debug, info, warn or error");
    command->callback([common] { serve(*common); });
}

} // namespace keyaki::server::commands
