package Kernel::Config;

# The lab's Kernel/Config.pm.
use strict;
use warnings;
use utf8;

# what a call's ticket shows beside its title, in this order
my @CallFields = qw(CallId CallerNumber CalledNumber CallQueue CallStart CallEnd CallOutcome RelayKey);

sub Load {
    my $Self = shift;
    my %Lab = (
        Home         => '/usr/share/otrs',
        Database     => 'znuny',
        DatabaseHost => '/run/postgresql',
        DatabaseUser => 'znuny',
        DatabasePw   => '',
        DatabaseDSN  => 'DBI:Pg:dbname=znuny;host=/run/postgresql;',
        SecureMode   => 1,
        SystemID     => 10,
        FQDN         => 'znuny.lab.invalid',
        AdminEmail   => 'admin@lab.invalid',
        Organization => 'Lab',
        ProductName  => 'Znuny lab',

        # no mail leaves, no name is looked up, nobody is phoned home
        SendmailModule            => 'Kernel::System::Email::DoNotSendEmail',
        CheckMXRecord             => 0,
        'CloudServices::Disabled' => 1,
        LogModule                 => 'Kernel::System::Log::File',
        'LogModule::LogFile'      => '/var/lib/otrs/log/lab.log',
    );
    @{$Self}{ keys %Lab } = values %Lab;
    $Self->{'Ticket::Frontend::AgentTicketZoom'}->{DynamicField}->{$_} = 1 for @CallFields;
    # the lab runs no daemon, and its agents need no zone of their own
    delete @{ $Self->{'Frontend::NotifyModule'} }{qw(7000-AgentTimeZone-Check 8000-Daemon-Check)};
    delete $Self->{DashboardBackend}->{'0442-RSS'};    # a page of the internet
    return 1;
}

use Kernel::Config::Defaults;
use parent qw(Kernel::Config::Defaults);

1;
