#include "server/commands/command.hpp"

#include "server/application.hpp"
#include "server/http/server.hpp"
#include "server/limits.hpp"
#include "server/service_manager.hpp"
#include "server/telemetry/log.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <unistd.h>

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

http::ServerOptions server_options(const Settings &settings, Application &application, telemetry::Log &log) {
    http::ServerOptions options;
    options.address = settings.listen_address;
    options.port = settings.listen_port;
    options.pool_threads = settings.pool_threads;
    options.connections = settings.connections;
    options.spool_folder = settings.upload_folder.string();
    telemetry::RequestCounters &counters = application.metrics().requests();
    options.on_request = [&counters, &log](const http::RequestSummary &summary) {
        counters.count(summary);
        if (log.wants_requests()) {
            log.request(summary, counters.pattern_of(summary));
        }
    };
    return options;
}

telemetry::LogOptions log_options(const Settings &settings) {
    return {settings.log_format == "json" ? telemetry::LogFormat::json : telemetry::LogFormat::text, settings.log_level, settings.access_log};
}

/// "http://127.0.0.1:8080/", with the port that was found when any would do.
std::string listening_address(const Settings &settings, std::uint16_t port) {
    const bool is_bare_ipv6 = settings.listen_address.find(':') != std::string::npos && settings.listen_address.front() != '[';
    return is_bare_ipv6 ? fmt::format("http://[{}]:{}/", settings.listen_address, port) : fmt::format("http://{}:{}/", settings.listen_address, port);
}

void serve(const Common &common) {
    const Settings settings = common.settings();
    block_signals(); // before the first thread, which is the log's
    telemetry::Log log(log_options(settings), STDERR_FILENO);
    Application application(settings, common.open(false, settings.pool_threads));
    http::Router router = make_router(application);
    application.metrics().know_routes(router.names());
    application.set_log(log);
    http::Server server(server_options(settings, application, log), std::move(router));
    application.set_http_statistics([&server] { return server.statistics(); });
    server.start();
    application.set_port(server.port());
    fmt::print("keyaki serves {} at {}\n", settings.database.string(), listening_address(settings, server.port()));
    (void)std::fflush(stdout); // who closed the output does not read the line; the server goes on
    if (settings.public_url.empty() &&
        (settings.listen_address == "0.0.0.0" || settings.listen_address == "[::]" || settings.listen_address == "::")) {
        spdlog::warn("listening on every address without public_url: links in answers follow only requests to an IP address or localhost");
    }
    if (application.store().writer_statistics().is_read_only) {
        spdlog::warn("{} can only be read: the map is served, check-ins and other changes are refused", settings.database.string());
    }
    notify_service_manager("READY=1");
    const int signal = wait_for_signal();
    notify_service_manager("STOPPING=1");
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
    command->add_option("--log-format", common->given.log_format, "text (logfmt) or json");
    command->add_option("--access-log", common->given.access_log, "true: a line for each request; false: none");
    command->add_option("--tile-cache-mib", common->given.tile_cache_mib, "MiB of finished tiles in memory (256)");
    command->add_option("--pool-threads", common->given.pool_threads, "Threads that answer (32)");
    command->add_option("--upload-folder", common->given.upload_folder, "Where uploaded files lie while they are imported (/tmp)");
    command->add_option("--connections", common->given.connections, "Connections at once (8192)");
    command->callback([common] { serve(*common); });
}

} // namespace keyaki::server::commands
